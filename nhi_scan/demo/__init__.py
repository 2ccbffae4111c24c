"""Estates described as data, and loopback servers that speak the providers' protocols from them."""
