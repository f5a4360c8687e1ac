"""What readers may see of the tables, written down whenever it changes."""
