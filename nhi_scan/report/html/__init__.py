"""The HTML report: one self-contained file that asks nothing of anyone, however hostile the names in it."""

from nhi_scan.report.html.page import render

__all__ = ["render"]
