"""The autosync command line."""
