"""The reference fold of the laws: written apart from the product, from the specification alone."""
