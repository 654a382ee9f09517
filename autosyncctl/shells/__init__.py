"""Completion in shells: a script for each, made from the definition of the command line."""
