"""From a number to its entries and facts, and why the number has changed."""
