"""Rules on which services must agree: which state counts, in which order, and what facts mean.

Pure, over a protocol of facts, so that each service keeps facts in its own form.
"""
