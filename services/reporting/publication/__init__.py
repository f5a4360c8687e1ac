"""Publication: writes what readers may see of the tables whenever it changes."""
