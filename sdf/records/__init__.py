"""The frozen records that every floor passes to the next.

A record is data: it holds no open file, no connection and no clock, and two
records with equal fields are interchangeable. Text fields are ordinary Unicode
without lone surrogates, which pydantic refuses.
"""

from sdf.records.base import Record
from sdf.records.calls import Block, Request, Response, StopReason, Usage
from sdf.records.constitution import Bank, Constitution, Identity, Objection, Principle
from sdf.records.documents import ChatDocument, Document, EvalDocument, Message, StageLineage, TextDocument
from sdf.records.plan import Brief, Cell, Expects, Names, Naming, Person, Split, Words
from sdf.records.verdicts import Decision, Flag, Outcome, Verdict

__all__ = [
    "Bank",
    "Block",
    "Brief",
    "Cell",
    "ChatDocument",
    "Constitution",
    "Decision",
    "Document",
    "EvalDocument",
    "Expects",
    "Flag",
    "Identity",
    "Message",
    "Names",
    "Naming",
    "Objection",
    "Outcome",
    "Person",
    "Principle",
    "Record",
    "Request",
    "Response",
    "Split",
    "StageLineage",
    "StopReason",
    "TextDocument",
    "Usage",
    "Verdict",
    "Words",
]
