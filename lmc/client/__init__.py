"""Talk to the services of a running stack over HTTP."""
