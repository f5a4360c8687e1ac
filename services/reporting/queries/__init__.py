"""Queries: parameters of requests, consistent reads of tables and facts, and their responses."""
