"""Experiences as a prompt shows them, groups of them, and what a reply concludes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from lamarck.core import Batch, Context, Experience, Names, Operator, Scope, passed
from lamarck.likeness import NGrams
from lamarck.operators.reminding import reminded
from lamarck.operators.trying import told

_MARK = re.compile(r"^\s*(?:\d+[.)]|[-*+])\s+")
JOINT = "|"
"""Between the tasks' ids in the source of what several experiences say together."""


@dataclass(frozen=True, kw_only=True)
class Mending:
    """Keep the experiences whose one entry in ``writes``, shown alone, lets every task of its group be solved.

    The executor sends them off together; of a group nobody is asked any more once the entry has failed.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = set[str]()

    groups: Mapping[str, Batch]
    """Id of an experience -> what its entry was concluded from."""
    solve: Operator
    check: Operator

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: those whose entry mends."""
        return [one for one in batch if all(self._solved(one, each, ctx) for each in self.groups[one.id])]

    def _solved(self, one: Experience, task: Experience, ctx: Context) -> bool:
        made = reminded(replace(task, writes=()), one.writes, self.solve, ctx)
        at = ctx.under(type(self.check).__name__)
        return any(passed(judged) for each in made for judged in self.check([each], at))


def records(group: Sequence[Experience], *, reveal: bool = False) -> str:
    """The experiences one after the other: task, answer, verdict and, where it is revealed, the right answer."""
    return "\n\n".join(_record(experience, reveal) for experience in group)


def _record(experience: Experience, reveal: bool) -> str:
    task, solution, feedback = experience.task, experience.solution, experience.feedback
    lines = [f"Task: {task.messages[-1].text}"]
    if solution:
        lines.append(f"Answer: {told(solution)}")
    if feedback:
        verdict = "" if feedback.passed is None else "right" if feedback.passed else "wrong"
        lines.append("What came of it: " + ": ".join(dict.fromkeys(filter(None, (verdict, feedback.text)))))
    if reveal and task.reference:
        lines.append(f"Right answer: {task.reference.read()}")
    return "\n".join(lines)


def lines(reply: str, pattern: str) -> list[str]:
    """The different lines of a reply, without list marks, in which the pattern is found; "" = the whole reply."""
    if not pattern:
        return [reply.strip()] if reply.strip() else []
    found = (_MARK.sub("", line).strip() for line in reply.splitlines())
    return list(dict.fromkeys(line for line in found if re.search(pattern, line, re.IGNORECASE)))


def streams(batch: Batch) -> list[Batch]:
    """The batch in groups of one stream each, in order of first appearance."""
    groups: dict[str, Batch] = {}
    for experience in batch:
        groups.setdefault(experience.task.stream, []).append(experience)
    return list(groups.values())


def nearest(to: Experience, pool: Batch, n: int) -> Batch:
    """The n experiences of the pool whose tasks' words are most like this one's, the likest last."""
    others = [one for one in pool if one.task.id != to.task.id]
    if not others:
        return []
    vectors = NGrams()([one.task.messages[-1].text for one in (to, *others)])
    likeness: list[float] = (vectors[1:] @ vectors[0]).tolist()
    ranked = sorted(range(len(others)), key=lambda at: (likeness[at], -at))
    return [others[at] for at in ranked[-n:]] if n > 0 else []
