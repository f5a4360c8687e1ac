"""Numbers: which entries fall into a cell, and the SQL that counts them."""
