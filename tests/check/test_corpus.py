from __future__ import annotations

from sdf.check import OpeningCounter, opening_key

OPENING = "The mill stood by the river and waited"


def test_a_third_text_with_the_same_opening_is_rejected() -> None:
    counter = OpeningCounter()
    for ending in ("for rain.", "for years."):
        assert counter.would_exceed("essay", f"{OPENING} {ending}").passed
        counter.add("essay", f"{OPENING} {ending}")
    verdict = counter.would_exceed("essay", f"{OPENING} for snow.")
    assert verdict.passed is False
    assert "would open 3 texts of essay" in verdict.flags[0].detail


def test_genres_are_counted_apart() -> None:
    counter = OpeningCounter()
    counter.add("essay", OPENING)
    counter.add("essay", OPENING)
    assert counter.would_exceed("parable", OPENING).passed


def test_a_large_genre_may_repeat_an_opening_in_two_texts_of_a_hundred() -> None:
    counter = OpeningCounter()
    for number in range(146):
        counter.add("essay", f"Text {number} is about something else altogether, as it says.")
    counter.add("essay", OPENING)
    counter.add("essay", OPENING)
    assert not counter.would_exceed("essay", OPENING).passed
    counter.add("essay", "With one more text there is room for a third such opening.")
    assert counter.would_exceed("essay", OPENING).passed
    counter.add("essay", OPENING)
    assert not counter.would_exceed("essay", OPENING).passed


def test_the_counter_can_be_rebuilt_from_keys() -> None:
    counter = OpeningCounter()
    for _ in range(2):
        counter.add_key("essay", opening_key(OPENING))
    assert not counter.would_exceed("essay", OPENING).passed


def test_a_key_ignores_case_punctuation_and_what_follows() -> None:
    same = "\u201cTHE mill, stood by\nthe river \u2014 and waited\u201d until dawn"
    assert opening_key(same) == opening_key(OPENING)
    assert opening_key("A mill stood by the river and waited") != opening_key(OPENING)


def test_a_short_text_is_its_own_opening() -> None:
    assert opening_key("Rain.") == opening_key("rain")
    assert opening_key("") != opening_key("rain")
