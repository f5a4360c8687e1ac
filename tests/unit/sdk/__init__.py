"""Unit tests of the SDK for partners."""
