"""The events that services and partners exchange: models, envelope, validation, code lists."""
