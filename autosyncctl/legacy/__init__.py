"""The 2011 configuration (`~/.autosync`, an INI file) turned into today's YAML."""
