"""Facts about what clusters tell: accounts, what everybody has, what to type."""
