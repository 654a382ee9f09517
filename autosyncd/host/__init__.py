"""What the machine does: its service manager."""
