"""Releases: two persons freeze a council's period; later changes are shown next to it."""
