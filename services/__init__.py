"""The five services; each owns its schema, role, port, group and image."""
