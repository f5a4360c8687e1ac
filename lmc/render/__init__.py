"""Render the committed files that follow from the code: `python -m lmc.render`."""
