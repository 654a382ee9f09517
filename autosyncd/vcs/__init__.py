"""Version control backends behind one Protocol."""
