"""The whole log folded into new tables beside the live ones, proved equal, and changed over."""
