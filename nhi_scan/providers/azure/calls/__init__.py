"""Every call that the collector makes, as data: `graph*` of Microsoft Graph, `arm*` of Azure Resource Manager."""
