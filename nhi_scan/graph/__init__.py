"""Integer-indexed graphs and their paths."""
