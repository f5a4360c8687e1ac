"""What runs the services somewhere else than on a developer's machine."""
