"""One repository's life."""
