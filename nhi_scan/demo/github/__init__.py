"""A loopback server that speaks GitHub's REST API from an estate that is data."""
