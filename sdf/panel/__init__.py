"""How varied a corpus is: measured, held against human prose, and shown with the documents that prove it."""

from sdf.panel.check import CheckReport, Finding, check

__all__ = ["CheckReport", "Finding", "check"]
