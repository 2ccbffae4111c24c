"""Effective access on GitHub: what apps, keys, tokens and the jobs of workflows may do."""
