"""The command `lmc`: run a local stack, send events, read and check tables, render files."""
