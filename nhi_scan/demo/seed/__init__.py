"""Puts an estate into moto: identities straight into its backends, since no API can backdate, workloads over HTTP."""
