"""HTTP: the app around a service's routes, bearer tokens, problem documents, fact routes."""
