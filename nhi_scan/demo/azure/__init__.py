"""Azure in the demo: a tenant as data, and a loopback server that speaks Microsoft's protocols from it, over TLS."""
