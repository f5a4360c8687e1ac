"""The HTTP API: one module per resource, assembled in `routes`."""
