"""The live projection: consumes the log in batches, stores facts and replaces their entries."""
