"""The reflector channel: a line protocol over one TCP or TLS connection."""
