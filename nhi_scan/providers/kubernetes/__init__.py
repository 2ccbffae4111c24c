"""Kubernetes: service accounts, what binds roles to them, and the pods that run as them."""
