"""Google Cloud in the demo: an estate as data, and a loopback server that speaks Google's protocols from it."""
