"""Questions over HTTP, and what is answered to whom."""
