"""Tests of kind laws."""
