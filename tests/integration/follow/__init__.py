"""The follower on a real log and a real database."""
