"""The reference fold: written independently of the product, from the specification alone."""
