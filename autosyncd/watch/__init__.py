"""Watching working trees for changes."""
