"""Tables: which entries count in a cell, and the SQL that counts them."""
