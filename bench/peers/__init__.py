"""Other stream processors on the same work: MI-13 `placed` by municipality, month and sex."""
