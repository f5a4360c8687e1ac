"""What is expected of the numbers: targets to be reached, partners that should have reported."""
