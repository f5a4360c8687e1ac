"""The event language: what services and partners say to each other."""
