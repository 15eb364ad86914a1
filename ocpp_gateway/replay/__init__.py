"""Plays the charger's side of exported frames against a central system, and compares its answers. Knows no database."""
