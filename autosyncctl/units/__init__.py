"""The units of the user's systemd, as `autosyncctl service install` writes them."""
