"""Configuration to run the services with containers."""
