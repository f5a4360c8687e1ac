"""What every service is built on: processes, storage, messaging, HTTP; it knows no domain word."""
