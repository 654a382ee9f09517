"""What becomes of paths that two sides changed: pure, and the same for every tool."""
