"""Microsoft Graph, from an estate."""
