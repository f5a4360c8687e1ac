"""Property tests: the product's pure functions and the reference agree on random logs."""
