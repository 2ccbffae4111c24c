"""Effective access on Kubernetes: RBAC as the API server's authorizer decides it."""
