"""The data models of all event types: one class per type, one module per domain."""
