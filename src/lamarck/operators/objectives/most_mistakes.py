"""Go where memory has learned from most mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lamarck.core import Choice, Context, Objective, Scorecard


@dataclass(frozen=True, kw_only=True)
class MostMistakes:
    """The next objective is the topic in which the learner had most to learn; the list of topics is the reason.

    Counts, by topic, the different failed tasks from which this memory's entries of a kind were concluded. A topic is
    the node of the ability tree that the task names. One with fewer than ``least`` failures is not in the list; where
    none has as many the objective stays.
    Source: TRAN (arXiv:2310.15746), whose rules say what a model gets wrong; survey (2404.14387), section 6.2.
    """

    kind: str = "rule"
    """Of the entries."""
    least: int = 5
    """Failures that make a topic."""
    follow: bool = True
    """False: the objective stays, and the list is the report."""

    def __call__(self, objective: Objective, scorecards: Sequence[Scorecard], ctx: Context, /) -> Choice:
        """Out: the objective with the topic as its node, and all topics with their failures, most first."""
        failures = dict[str, str]()
        for entry in ctx.memory.entries if ctx.memories else ():
            made = entry.experience
            if entry.kind == self.kind and not entry.status and made and (node := made.task.parameters.get("node")):
                failures[made.task.id] = str(node)
        topics = [(name, n) for name, n in Counter(failures.values()).most_common() if n >= self.least]
        if not topics:
            return Choice(objective=objective, reason=f"no topic with {self.least} failures yet")
        listed = ", ".join(f"{name} {n}" for name, n in topics)
        following = replace(objective, node=topics[0][0]) if self.follow else objective
        return Choice(objective=following, reason=f"failures by topic: {listed}")
