"""Azure Resource Manager and Resource Graph, from an estate."""
