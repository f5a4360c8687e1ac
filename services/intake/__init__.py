"""The partners' door: checks, receipts, quarantine."""
