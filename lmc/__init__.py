"""The command lmc: local stack, demo, emit, value, verify."""
