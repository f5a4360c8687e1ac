"""Pure rules of counting: histories, dimensions, definitions of indicators, and the fold."""
