"""The package for partners against a real door, and as it is installed."""
