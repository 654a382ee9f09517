"""Every tool that is described by a table of commands (contract, section 5)."""
