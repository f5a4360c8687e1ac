"""From a number to the facts behind it, and why it is another number than it was."""
