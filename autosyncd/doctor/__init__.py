"""What could keep syncing from working, found without changing anything."""
