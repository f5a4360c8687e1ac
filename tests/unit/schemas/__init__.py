"""Unit tests of the package `schemas`."""
