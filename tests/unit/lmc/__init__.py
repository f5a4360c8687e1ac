"""Unit tests of the command `lmc`."""
