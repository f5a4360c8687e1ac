"""The whole stack as people use it: the command `lmc`, HTTP, and nothing behind their backs."""
