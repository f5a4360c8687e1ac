"""Unit tests of the package for partners."""
