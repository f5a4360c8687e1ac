"""A council's page: server-rendered, live by server-sent events."""
