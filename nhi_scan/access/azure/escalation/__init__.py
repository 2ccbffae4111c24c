"""Who can become whom in Azure and Entra."""
