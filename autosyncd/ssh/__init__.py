"""One ssh connection for all git commands to a host."""
