"""Files of a working tree, changed so that no edit is lost, whatever tool has their history."""
