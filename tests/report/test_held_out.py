"""What the report says of held-out items: looks at both splits, leaks by place, further looks by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.report.literal import LiteralRun, committed, small
from tests.report.parsed import Parsed

from lamarck.report.page import page
from lamarck.report.sections.held_out import held_out, looks
from lamarck.report.sound import Sound

LOOKS = [{"kind": "look", "split": "selection", "items": 4}] * 4
SEALED = committed("sealed", 0, 0.1)
BY_HAND = {"kind": "looked", "split": "sealed", "learner": "x", "who": "me"}


def leaked(where: str, into: int, out: int, *reasons: str) -> dict[str, Any]:
    return {"kind": "leaked", "where": where, "into": into, "out": out, "reasons": list(reasons)}


def run_of(path: Path, *log: dict[str, Any]) -> LiteralRun:
    return replace(small(path), log=list(log))


def said(run: LiteralRun) -> str:
    return Parsed(held_out(Sound(run.reader))).text


def test_looks_are_counted_apart():
    assert looks([*LOOKS, SEALED, BY_HAND, BY_HAND]) == (4, 1, 2)


def test_a_clean_run_says_so(tmp_path: Path):
    text = said(run_of(tmp_path, *LOOKS))
    assert "Selection: 4 looks" in text
    assert "Sealed: not looked at yet" in text
    assert "Nothing that was written held one of them" in text


def test_leaks_are_summed_by_place_and_named(tmp_path: Path):
    log = [leaked("rows", 100, 98, "holds x"), leaked("rows", 50, 49, "<b>y</b>"), leaked("prompt", 1, 0, "holds x")]
    run = run_of(tmp_path, *LOOKS, SEALED, *log)
    text = said(run)
    assert "training rows 150 3" in " ".join(text.split())
    assert "prompts 1 1" in " ".join(text.split())
    assert text.count("holds x") == 1
    assert "Sealed: 1 look." in text
    assert "&lt;b&gt;y" in page(run.reader)


def test_further_looks_at_the_sealed_items_are_told(tmp_path: Path):
    assert "looked at 1 more time by hand" in said(run_of(tmp_path, SEALED, BY_HAND))
