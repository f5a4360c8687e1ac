"""Facts folded into entries, entries counted into tables, tables published."""
