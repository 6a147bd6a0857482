"""Constitutions: read, cut into addressable principles, put under an identity, checked."""

from sdf.constitution.identity import Identified, identify, unset_placeholders
from sdf.constitution.lint import Finding, lint
from sdf.constitution.outline import OutlineRow, outline
from sdf.constitution.parse import load_constitution, parse_constitution
from sdf.constitution.prose import clean_text
from sdf.constitution.rules import ConstitutionRules
from sdf.constitution.sentences import sentences

__all__ = [
    "ConstitutionRules",
    "Finding",
    "Identified",
    "OutlineRow",
    "clean_text",
    "identify",
    "lint",
    "load_constitution",
    "outline",
    "parse_constitution",
    "sentences",
    "unset_placeholders",
]
