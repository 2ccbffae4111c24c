"""Azure and Microsoft Entra: a tenant's directory by Microsoft Graph, its subscriptions by Resource Manager."""
