"""Settings of the laws."""
