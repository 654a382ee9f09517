"""Bringing repositories under autosync, and taking them out again."""
