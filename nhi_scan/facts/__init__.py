"""Named derived facts, one pure function each, as columns of a table per subject."""
