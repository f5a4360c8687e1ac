"""The pure core of reporting: histories, definitions, fold."""
