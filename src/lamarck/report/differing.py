"""What differs between two methods, or between two learners."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, cast

from lamarck.core import Cycle, Entry, Learner, Method, describe, stages

SLOTS = ("objective", "tasks", "solutions", "feedback", "refinement", "updating", "evaluation", "next")
REST = ("rounds", "patience", "updates", "begin_from", "gated", "transductive")
"""What else a cycle says."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One place where two things differ; "" is what is not there."""

    place: str
    """"refinement", or "stage 1 (align): updating"."""
    left: str
    right: str


def methods(left: Method, right: Method) -> list[Difference]:
    """The slots in which two methods differ, stage by stage in order; none where they are the same."""
    found = list[Difference]()
    pairs = list(zip_longest(stages(left), stages(right)))
    for number, (one, other) in enumerate(pairs):
        name = next((cycle.name for cycle in (one, other) if cycle and cycle.name), "")
        place = f"stage {number}{f' ({name})' if name else ''}: " if len(pairs) > 1 else ""
        found += [
            Difference(place=f"{place}{slot}", left=mine, right=yours)
            for slot in (*SLOTS, *REST)
            if (mine := _said(one, slot)) != (yours := _said(other, slot))
        ]
    return found


def learners(left: Learner, right: Learner) -> list[Difference]:
    """What two learners are and are not both: model, adapters, memory's version, prompt, way of answering."""
    mine, yours = _parts(left), _parts(right)
    return [
        Difference(place=place, left=mine.get(place, ""), right=yours.get(place, ""))
        for place in dict.fromkeys((*mine, *yours))
        if mine.get(place, "") != yours.get(place, "")
    ]


def prompts(left: str, right: str) -> list[str]:
    """Two prompts as the lines of a unified difference; none where they are the same."""
    return list(difflib.unified_diff(left.splitlines(), right.splitlines(), "left", "right", lineterm="", n=1))


def entries(left: Iterable[Entry], right: Iterable[Entry]) -> tuple[list[str], list[str]]:
    """The texts that only the left memory has and those that only the right one has, each as often as it has more."""
    mine, yours = (Counter(entry.text for entry in memory) for memory in (left, right))
    return list((mine - yours).elements()), list((yours - mine).elements())


def _said(cycle: Cycle | None, slot: str) -> str:
    return "" if cycle is None else "; ".join(_lines(describe(getattr(cycle, slot))))


def _lines(data: Any) -> Iterator[str]:
    """An operator as ``Filter(where=passed)``; a chain one after the other."""
    if isinstance(data, list):
        for part in cast("list[Any]", data):
            yield from _lines(part)
    elif isinstance(data, dict):
        own = dict(cast("dict[str, Any]", data))
        name = own.pop("is", "")
        fields = ", ".join(f"{key}={_short(value)}" for key, value in own.items() if value not in (None, "", [], {}))
        yield f"{name}({fields})" if name else fields
    elif data is not None:
        yield str(data)


def _short(value: Any) -> str:
    nested = isinstance(value, Mapping) or (isinstance(value, list) and any(isinstance(v, dict) for v in value))  # pyright: ignore[reportUnknownVariableType]
    return f"[{'; '.join(_lines(value))}]" if nested else value if isinstance(value, str) else json.dumps(value)


def _parts(learner: Learner) -> dict[str, str]:
    parts = {"model": f"{learner.model.name} {learner.model.digest[:16]}"}
    parts |= {f"adapter {name}": ref.digest[:16] for name, ref in learner.adapters.items()}
    return parts | {
        "memory": learner.memory,
        "prompt": learner.prompt,
        "answer": "; ".join(_lines(describe(learner.answer))),
    }
