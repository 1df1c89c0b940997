"""What a run kept, as a data set that TRL trains on: one JSON object a line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from lamarck.api.results import Run
from lamarck.core import Batch, Experience, Message, UsageError, unknown
from lamarck.data.secrets import hidden, redacted
from lamarck.data.whole import written
from lamarck.models.text import render
from lamarck.store import RoundView

DataFormat = Literal["prompt-completion", "messages", "preference", "prompts"]
FORMATS: tuple[DataFormat, ...] = get_args(DataFormat)
LACKING: Mapping[DataFormat, str] = {
    "prompt-completion": "no solution",
    "messages": "no solution",
    "preference": "no rejected solution beside a solution",
    "prompts": "no task",
}
"""Form -> what an experience lacks that is left out of it."""
ORDER = ("tasks", "feedback", "refinement")
"""The phases that give experiences, as they follow each other."""
SHOWN = 4
"""Reasons that a message gives."""
Turns = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What was written."""

    file: Path
    form: DataFormat
    rows: int
    phase: str
    """Which one's it is, in words: "refinement of stage align"."""
    left: int
    """Experiences that the form has no place for."""
    secrets: int
    """Texts of the form of a key or password that were blacked out."""

    @property
    def told(self) -> str:
        """The same in a line."""
        left = f"; {self.left:,} left out: {LACKING[self.form]}" if self.left else ""
        secrets = f"; {self.secrets:,} that looked like secrets are blacked out" if self.secrets else ""
        return f"{self.file}: {self.rows:,} rows, {self.form}, what {self.phase} kept{left}{secrets}"


def form_of(name: str) -> DataFormat | None:
    """The form of a name, None for "". Raises: UsageError with the forms there are."""
    if name and name not in FORMATS:
        raise unknown("format of data", name, FORMATS)
    return name or None


def free(file: Path) -> Path:
    """The file, which nothing is at yet. Raises: UsageError."""
    if file.exists():
        raise UsageError(f"{file} exists; give a new file, or remove it")
    return file


def gather(run: Run, file: Path, form: DataFormat | None = None) -> Gathered:
    """Write what the last finished phase of a run kept, of all its rounds, each row once; whole or not at all.

    In: a new file, and the form; None = by what there is: pairs, solutions, or tasks alone. Rows say where they came
    from: id, round, operator, learner, source, score. What looks like a key is blacked out.
    Raises: UsageError where the file exists or nothing fits the form.
    """
    phase, batch = _kept(run)
    form = form or _fitting(batch)
    rows, secrets = list[str](), 0
    for experience in _once(batch):
        if row := _row(experience, form):
            line, found = _clean({**row, **_origin(experience)})
            rows.append(line)
            secrets += found
    if not rows:
        raise UsageError(
            f"what {phase} of {run.path} kept gives no row of {form}: {len(batch):,} experiences, {LACKING[form]}; "
            f"type: --format {_fitting(batch)}"
        )
    left = sum(1 for _ in _once(batch)) - len(rows)
    written(free(file), "".join(rows))
    return Gathered(file=file, form=form, rows=len(rows), phase=phase, left=left, secrets=secrets)


def _kept(run: Run) -> tuple[str, Batch]:
    """The furthest phase of the last stage that had experiences, in words, and what it kept in all rounds and laps.

    Raises: UsageError where nothing was kept, with what left most out.
    """
    views, reader = [view for view in run.reader.rounds() if view.round > 0], run.reader
    for stage in reversed(list(dict.fromkeys(view.stage for view in views))):
        laps = [view for view in views if _is_lap(run, view.stage, stage)]
        phase = max((name for view in laps for name in view.funnel), key=ORDER.index, default="")
        if not any(reader.batch(view.stage, view.round, name) for view in laps for name in view.funnel):
            continue  # a stage that only trains or measures
        called = f"{phase}{_stage(run, stage)}"
        if found := [e for view in laps for e in reader.batch(view.stage, view.round, phase)]:
            return called, found
        raise UsageError(f"{called} of {run.path} kept nothing: {_why(laps)}")
    raise UsageError(f"{run.path} has no experience yet: no phase is finished, or all gave none; type: lamarck status")


def _why(views: Sequence[RoundView]) -> str:
    """Which operators left out how many, and why, the greatest first."""
    drops = Counter[tuple[str, str]]()
    for view in views:
        for found in view.drops.values():
            drops += found
    said = [f"{operator} left out {count:,} ({reason})" for (operator, reason), count in drops.most_common(SHOWN)]
    return "; ".join(said) or "no reason is given"


def _is_lap(run: Run, one: int, other: int) -> bool:
    return (one - other) % len(_cycles(run)) == 0


def _stage(run: Run, stage: int) -> str:
    cycles = _cycles(run)
    return f" of stage {cycles[stage % len(cycles)].get('name') or stage}" if len(cycles) > 1 else ""


def _cycles(run: Run) -> Sequence[Mapping[str, Any]]:
    resolved: Any = run.info.resolved or {}
    return resolved.get("cycles") or [resolved]


def _fitting(batch: Batch) -> DataFormat:
    if any(e.solution and e.rejected for e in batch):
        return "preference"
    return "prompt-completion" if any(e.solution for e in batch) else "prompts"


def _once(batch: Batch) -> Iterator[Experience]:
    """Each experience once: a later round may keep what an earlier one kept."""
    met = set[tuple[str, str, str, str]]()
    for e in batch:
        texts = [one.text if one else "" for one in (e.solution, e.rejected)]
        key = (e.task.id, e.prompt.name, texts[0], texts[1])
        if key not in met:
            met.add(key)
            yield e


def _row(e: Experience, form: DataFormat) -> dict[str, Any] | None:
    """The row of a form, None where the experience lacks what it needs."""
    prompt = _turns(render(e.prompt))
    if form == "prompts":
        return {"prompt": prompt}
    if e.solution is None:
        return None
    answer = _turns(e.solution.messages)
    if form == "messages":
        return {"messages": [*prompt, *answer]}
    if form == "prompt-completion":
        return {"prompt": prompt, "completion": answer}
    return {"prompt": prompt, "chosen": answer, "rejected": _turns(e.rejected.messages)} if e.rejected else None


def _turns(messages: Sequence[Message]) -> Turns:
    return [_turn(message) for message in messages]


def _turn(message: Message) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.calls:
        called = [{"name": call.name, "arguments": call.arguments} for call in message.calls]
        ids = [call.id for call in message.calls]
        turn["tool_calls"] = [
            {"id": id, "type": "function", "function": one} for id, one in zip(ids, called, strict=True)
        ]
    if message.call:
        turn["tool_call_id"] = message.call
    return turn


def _origin(e: Experience) -> dict[str, Any]:
    score = e.feedback.score if e.feedback else None
    by = e.origin.learner or (e.solution.author if e.solution else "")
    return {"id": e.id, "round": e.origin.round, "operator": e.origin.operator, "learner": by,
            "source": e.task.source, "score": score}  # fmt: skip


def _clean(row: Mapping[str, Any]) -> tuple[str, int]:
    """The row's line without what looks like a secret, and how many such texts it had."""
    found = 0

    def clean(value: Any) -> Any:
        nonlocal found
        if isinstance(value, str):
            text, count = redacted(hidden(value))
            found += count
            return text
        if isinstance(value, dict):
            return {name: clean(each) for name, each in cast("dict[str, Any]", value).items()}
        return [clean(each) for each in cast("list[Any]", value)] if isinstance(value, list) else value

    return json.dumps(clean(dict(row)), ensure_ascii=False, allow_nan=False) + "\n", found
