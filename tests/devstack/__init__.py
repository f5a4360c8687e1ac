"""The local stack: engines, jars, and the processes of `lmc up`, started, refused and killed."""
