"""GitHub: apps, keys, tokens and workflows, and what each may do in an organization's repositories."""
