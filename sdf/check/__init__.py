"""Checks of finished texts. A check flags and never changes a text."""

from sdf.check.context import CheckContext, Limits, Rules, build_rules
from sdf.check.corpus import OpeningCounter, opening_key
from sdf.check.document import CHECKS, check_document
from sdf.check.quote_index import QuoteIndex, build_quote_index, quoted_spans
from sdf.check.reading import Reading, read

__all__ = [
    "CHECKS",
    "CheckContext",
    "Limits",
    "OpeningCounter",
    "QuoteIndex",
    "Reading",
    "Rules",
    "build_quote_index",
    "build_rules",
    "check_document",
    "opening_key",
    "quoted_spans",
    "read",
]
