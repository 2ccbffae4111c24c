"""Effective access on Google Cloud."""
