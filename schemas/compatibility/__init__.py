"""The golden JSON Schemas of the event types, and the changes that would break compatibility."""
