"""The ssh channel: the server that holds the repositories tells which of their refs moved."""
