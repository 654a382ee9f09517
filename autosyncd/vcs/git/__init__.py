"""The git backend, driven by plumbing commands alone."""
