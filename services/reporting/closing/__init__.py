"""Closing: two persons freeze a period's tables of a council; what differs later shows beside."""
