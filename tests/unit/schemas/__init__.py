"""The language, without any I/O."""
