"""Lines written in one step are, byte for byte, what the codec writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.memory.given import entry, note
from tests.store.given import EXPERIENCES, TEXT

from lamarck.core import Entry, UsageError
from lamarck.data.codec import Codec
from lamarck.data.strict import write
from lamarck.memory import line
from lamarck.memory.lines import LATER, lines

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers()
ENTRIES = st.builds(
    Entry,
    text=TEXT,
    kind=TEXT,
    key=TEXT,
    source=TEXT,
    experience=st.none() | EXPERIENCES,
    stream=TEXT,
    round=st.integers(),
    support=NUMBERS,
    status=TEXT,
)


def slowly(entry: Entry) -> bytes:
    data = Codec().encode(entry)
    data = {key: item for key, item in data.items() if key not in LATER or item != LATER[key]}
    if entry.experience and not entry.experience.writes:
        del data["experience"]["writes"]
    return write(data).encode()


@given(ENTRIES)
@settings(max_examples=100, deadline=None)
def test_any_entry_is_what_the_codec_writes(entry: Entry):
    assert line(entry) == slowly(entry)


@given(st.lists(ENTRIES, max_size=3))
@settings(max_examples=20, deadline=None)
def test_entries_written_of_an_experience_are_whole(writes: list[Entry]):
    made = entry("3+4").experience
    assert made
    told = replace(entry("3+4"), experience=replace(made, writes=tuple(writes)))
    assert line(told) == slowly(told)
    assert lines([told, note("a")]) == line(told) + b"\n" + line(note("a")) + b"\n"


@pytest.mark.parametrize("support", [0, 0.0, -0.0, False])
def test_what_says_nothing_is_left_out_however_it_is_written(support: float):
    told = replace(entry("3+4"), support=support, status="superseded: wrong")
    assert line(told) == slowly(told)
    assert b"support" not in line(told)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), object(), {1: 2}])
def test_what_json_does_not_hold_is_refused_by_name(wrong: Any):
    with pytest.raises(UsageError):
        line(note(cast("str", wrong)))
    made = entry("3+4").experience
    assert made
    with pytest.raises(UsageError):
        line(replace(entry("3+4"), experience=replace(made, weight=wrong)))


def test_depth_has_a_limit():
    deep: Any = "x"
    for _ in range(100):
        deep = (deep,)
    made = entry("3+4").experience
    assert made
    with pytest.raises(UsageError, match="deeper than 64"):
        line(replace(entry("3+4"), experience=replace(made, author=deep)))
