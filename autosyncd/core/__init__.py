"""The pure part: decides, and does no I/O."""
