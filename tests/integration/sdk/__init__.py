"""The SDK for partners against a real intake, and as it is installed."""
