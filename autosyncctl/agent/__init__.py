"""The desktop side: what happened becomes bubbles, and their buttons become requests."""
