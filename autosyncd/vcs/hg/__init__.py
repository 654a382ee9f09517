"""Mercurial, driven so that no byte is lost."""
