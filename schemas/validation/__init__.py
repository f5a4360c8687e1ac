"""Decode events, validate them strictly, find personal data, and explain every problem."""
