"""The text of an exported file; reading one is the same for every provider."""

from nhi_scan.snapshot.export_text import ExportText

__all__ = ["ExportText"]
