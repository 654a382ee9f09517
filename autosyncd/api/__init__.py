"""What daemon and clients say to each other; no I/O."""
