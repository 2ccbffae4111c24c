"""nhi-scan: governance of non-human identities, from collected evidence to a plan."""

__all__ = ["__version__"]

__version__ = "0.1.0"
