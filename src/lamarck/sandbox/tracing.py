"""The steps of a traced call, from what came out of the sandbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from lamarck.sandbox.conduct import Remains
from lamarck.sandbox.grade import graded
from lamarck.sandbox.guest import values
from lamarck.sandbox.types import Case, Step, Trace

_BEGINS = b'{"steps":'


def traced(remains: Remains, case: Case, entry: str, code: str, most: int) -> Trace:
    """The verdict as ever, and the steps beside it."""
    lines = remains.answer.split(b"\n")
    told = [line for line in lines if line.startswith(_BEGINS)]
    others = b"\n".join(line for line in lines if not line.startswith(_BEGINS))
    result = graded(replace(remains, answer=others), [case], entry)
    steps: tuple[Step, ...] = ()
    complete = False
    if len(told) == 1:
        try:
            data = values.parse(told[0])
            steps = tuple(_step(one, code.splitlines()) for one in data["steps"][:most])
            complete = data["complete"] is True
        except (values.Garbled, LookupError, TypeError, ValueError):
            steps = ()
    return Trace(result=result, steps=steps, complete=complete)


def _step(data: dict[str, Any], source: list[str]) -> Step:
    first, last = (int(line) for line in data["lines"])
    return Step(
        number=int(data["number"]),
        lines=(first, last),
        source="\n".join(source[max(0, first - 1) : last]),
        before=_texts(data["before"]),
        after=_texts(data["after"]),
    )


def _texts(data: Any) -> dict[str, str]:
    return {str(name): str(text) for name, text in cast("dict[str, Any]", data).items()}
