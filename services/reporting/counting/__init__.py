"""What a subject's facts count for: histories, dimensions, definitions, the fold; all pure."""
