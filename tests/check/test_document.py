from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from sdf.check import CHECKS, CheckContext, build_rules, check_document
from sdf.records import Identity

Context = Callable[..., CheckContext]


def test_verdicts_come_in_a_fixed_order(context: Context) -> None:
    verdicts = check_document("Ines walked home through the rain.", context())
    assert [v.check for v in verdicts] == list(CHECKS)
    assert all(v.passed for v in verdicts)


def test_one_text_can_fail_several_checks(context: Context) -> None:
    text = "Here is the rewritten story: in 1999 Tadeusz met met principle 4."
    failed = [v.check for v in check_document(text, context()) if v.passed is False]
    assert failed == ["form", "invented_world", "leakage", "names"]


def test_what_cannot_run_says_so(identity: Identity) -> None:
    verdicts = check_document("It rained.", CheckContext(rules=build_rules(identity)))
    assert [v.check for v in verdicts if v.passed is None] == ["quotations", "names"]
    assert all(v.note for v in verdicts if v.passed is None)


def test_at_most_twenty_flags_are_kept(context: Context) -> None:
    form = check_document("the the " * 30, context())[0]
    assert len(form.flags) == 20
    assert form.note.startswith("30 flags") or "flags, the first 20" in form.note


IDENTITY = Identity(model="Orrin", developer="Halden Works", document="the Charter")
RULES = build_rules(IDENTITY, identity_text="Orrin should never lie.", pool_names=["Ines"])


@given(st.text(max_size=300))
def test_any_text_gets_verdicts_whose_flags_lie_within_it(text: str) -> None:
    for verdict in check_document(text, CheckContext(rules=RULES)):
        for flag in verdict.flags:
            assert 0 <= flag.start <= flag.stop <= len(text)
