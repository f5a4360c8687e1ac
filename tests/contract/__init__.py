"""Contract tests: schemas, examples, compatibility, CloudEvents, AsyncAPI and the SDK."""
