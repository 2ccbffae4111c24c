"""Records of all providers, indexed and joined."""
