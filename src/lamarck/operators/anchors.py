"""Anchors: pairs of answers of which the better one is known, to see what a judge is worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import Any

from lamarck.core import Context, Experience, Feedback, Learner, Message, Sampling, Solution, Task, UsageError
from lamarck.data import rows

FILLER = (
    "Let me look at the question once more before I write anything down.",
    "It helps to go through this slowly and in order.",
    "I have read every word of what was asked.",
    "Questions of this kind come up quite often.",
    "There may be more than one way to go about it.",
    "What follows is put as plainly as I can put it.",
    "I have taken some time over it.",
    "Somebody else might say it in other words.",
)
"""Says nothing about any question; makes an answer longer and no better."""
LONGER = 1.5
"""How many times as long the longer answer of a made pair is, at least."""
COLUMNS = ("task", "better", "worse")
"""Of a user's own file."""


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A task and two answers."""

    task: str
    fields: Mapping[str, str]
    better: str
    worse: str
    own: str = ""
    """Which of the two the judge wrote itself, "better" or "worse"; "" = neither."""
    decorated: str = ""
    """Which of the two is set in markdown."""

    def traits(self, a: str) -> dict[str, str]:
        """Property -> "a" or "b", where ``a`` says which of the two is called so."""
        long = max(len(self.better), len(self.worse)) >= 1.2 * min(len(self.better), len(self.worse))
        longer = "better" if len(self.better) > len(self.worse) else "worse"
        told = {"length": longer if long else "", "own": self.own, "format": self.decorated}
        return {name: "a" if which == a else "b" for name, which in told.items() if which}


def from_file(path: str) -> list[Anchor]:
    """A user's anchors: a row a pair, with the columns task, better and worse. Raises: UsageError."""
    found = list[Anchor]()
    for number, row in rows.read(path).rows:
        if missing := [name for name in COLUMNS if not isinstance(row.get(name), str)]:
            raise UsageError(f"{path}, row {number}: no text under {', '.join(missing)}; an anchor has {COLUMNS}")
        task, better, worse = (str(row[name]) for name in COLUMNS)
        found.append(Anchor(task=task, fields={}, better=better, worse=worse))
    return found


def from_world(n: int, judge: Learner, ctx: Context) -> list[Anchor]:
    """At most n anchors of the environment's practice tasks: an answer that passes its check and one that fails it.

    Answers are its own examples', what the run's first learner and the judge write, and, where these give no wrong one,
    another task's. By lot the better or the worse one is longer, and one of the two is set in markdown; every second
    pair has an answer of the judge's own where it wrote a fitting one. Whatever is changed is checked again, and left
    as it was where the check says otherwise. Out: none where the check gives no verdicts.
    """
    rng = ctx.rng("anchors")
    given = list(ctx.environment.examples(n, rng.getrandbits(63)))
    tasks = {e.task.id: e.task for e in given}
    if len(tasks) < n:
        more = ctx.environment.tasks("practice", n - len(tasks), rng.getrandbits(63), ctx.objective)
        tasks |= {task.id: task for task in more}
    chosen = list(tasks.values())[:n]
    writers = {"": ctx.role("origin"), "own": judge}
    wrote = {name: _written(chosen, learner, ctx.under(name or "origin")) for name, learner in writers.items()}
    found = list[Anchor]()
    for number, task in enumerate(chosen):
        texts = [(e.solution.text, "") for e in given if e.solution and e.task.id == task.id]
        texts += [(text, name) for name in writers for text in wrote[name].get(task.id, ())]
        if made := _made(task, texts, _others(given, task), ctx, rng, wants_own=number % 2 == 1):
            found.append(made)
    return found


def _written(tasks: Sequence[Task], learner: Learner, ctx: Context) -> dict[str, list[str]]:
    prompts, keys = [task.prompt for task in tasks], [task.id for task in tasks]
    drawn = ctx.generate(prompts, keys, role=learner, n=2, sampling=Sampling(temperature=1.0))
    return {task.id: [one.text for one in some] for task, some in zip(tasks, drawn, strict=True)}


def _others(given: Sequence[Experience], task: Task) -> list[str]:
    return [e.solution.text for e in given if e.solution and e.task.id != task.id][:8]


def _made(
    task: Task, texts: Sequence[tuple[str, str]], others: Sequence[str], ctx: Context, rng: Random, *, wants_own: bool
) -> Anchor | None:
    """One anchor of the texts there are for a task; None where there is no right or no wrong one."""
    sides = {True: list[tuple[str, str]](), False: list[tuple[str, str]]()}
    for text, name in texts:
        if text.strip() and (said := _checked(task, text, ctx).passed) is not None:
            sides[said].append((text.strip(), name))
    if not sides[False]:
        sides[False] = [(text.strip(), "") for text in others if _checked(task, text, ctx).passed is False][:1]
    if not sides[True] or not sides[False]:
        return None
    own = {said: [each for each in sides[said] if each[1] == "own"] for said in sides}
    plain = {said: [each for each in sides[said] if each[1] != "own"] for said in sides}
    fitting = [said for said in (True, False) if own[said] and plain[not said]] if wants_own else []
    side = rng.choice(fitting) if fitting else None
    pools = {said: own[said] if said is side else plain[said] or sides[said] for said in sides}
    picked = {said: rng.choice(pools[said]) for said in (True, False)}
    both = {"better": picked[True][0], "worse": picked[False][0]}
    if not fitting and picked[True][1] == picked[False][1] == "own":
        side = None  # two answers of its own say nothing about whom it prefers
    long, decorated = rng.choice(("better", "worse")), rng.choice(("better", "worse"))
    plain_text = both[decorated]
    both[decorated] = _kept(task, plain_text, _decorated(plain_text), decorated == "better", ctx)
    decorated = decorated if both[decorated] != plain_text else ""
    short = "worse" if long == "better" else "better"
    both[long] = _kept(task, both[long], _longer(both[long], len(both[short]), rng), long == "better", ctx)
    return Anchor(
        task=task.messages[-1].text,
        fields=task.fields,
        better=both["better"],
        worse=both["worse"],
        own="" if side is None else "better" if side else "worse",
        decorated=decorated,
    )


def _decorated(text: str) -> str:
    return "## Answer\n\n" + "\n".join(f"- {line}" if line.strip() else line for line in text.splitlines())


def _longer(text: str, than: int, rng: Random) -> str:
    """The text behind so much filler that it is longer than the other; no two of its sentences are equal in a row."""
    said, left = list[str](), list(FILLER)
    while len(" ".join(said)) + len(text) < LONGER * max(than, 20) and left:
        said.append(left.pop(rng.randrange(len(left))))
    return f"{' '.join(said)}\n\n{text}" if said else text


def _kept(task: Task, text: str, changed: str, passes: bool, ctx: Context) -> str:
    return changed if _checked(task, changed, ctx).passed is passes else text


def _checked(task: Task, text: str, ctx: Context) -> Feedback:
    reference = task.reference.open() if task.reference else None
    said = Solution(messages=(Message(role="assistant", text=text),))
    return ctx.environment.check(replace(task, reference=reference), said)


def packed(anchors: Sequence[Anchor]) -> list[dict[str, Any]]:
    """As JSON, for search state."""
    return [json.loads(json.dumps(asdict(anchor))) for anchor in anchors]


def unpacked(data: Sequence[Mapping[str, Any]]) -> list[Anchor]:
    """What :func:`packed` made."""
    return [Anchor(**each) for each in data]
