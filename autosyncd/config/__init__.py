"""The configuration: its model, and YAML into it."""
