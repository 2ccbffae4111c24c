"""Google Cloud: organizations, folders and projects, by Cloud Asset Inventory where that is allowed."""
