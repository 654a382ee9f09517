"""The whole daemon as seen from outside."""
