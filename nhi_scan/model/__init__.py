"""The vocabulary. Frozen dataclasses of the standard library; design terms, one line of meaning a field."""
