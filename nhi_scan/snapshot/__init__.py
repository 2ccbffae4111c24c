"""The disk format: raw provider answers as gzipped JSON lines, and a manifest that says what is missing."""
