"""The autosync daemon."""
