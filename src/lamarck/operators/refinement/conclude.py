"""What experience teaches, in words that memory can hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

from lamarck.core import (
    Batch,
    Context,
    Entry,
    Experience,
    Names,
    Operator,
    Sampling,
    Scope,
    UsageError,
    unknown,
)
from lamarck.operators.concluding import JOINT, Mending, lines, nearest, records, streams
from lamarck.operators.judging import guarded
from lamarck.operators.reminding import can_solve, numbered

Per = Literal["experience", "stream", "similar", "batch"]
GREEDY = Sampling(temperature=0.0)


@dataclass(frozen=True, kw_only=True)
class Conclude:
    """Ask what experiences teach: lessons, rules, notes, summaries, portraits. What is concluded waits in ``writes``.

    In: experiences with a solution. Out: the same ones; the last of each group has the new entries in ``writes``, whose
    source is its task's id, of a group of several all ids with "|" between. An experience that already has an entry of
    this kind is passed over. With ``solve`` and ``check`` an entry is kept only if, shown alone, it lets every task it
    came from be solved; an event "concluded" says how many were proposed and kept.
    Raises: UsageError for held operators that need more than one task, or for one of the two alone.
    Source: TRAN (arXiv:2310.15746), section 3.1; IML (2403.02757), section 3; MemoryBank (2305.10250), section 2.1;
    TiM (2311.08719), section 3. Differs: what was similar among failures is measured on n-grams of letters.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"writes"}

    prompts: tuple[str, ...]
    """Asked in turn; the reply to the last is concluded. Their fields: "records" (the experiences), "said" (what
    was replied to the one before), "before" (the newest entries of this kind), "objective" and "fence"."""
    kind: str
    """Of the entries."""
    per: Per = "experience"
    """What is looked at together: one, a stream's, each with those most like it that also wait, or the round's."""
    pattern: str = ""
    """A line of the reply in which it is found is an entry, whatever the case; "" = the whole reply is one."""
    most: int | None = None
    """Entries of a group at most."""
    alike: int = 2
    """How many are looked at beside each, for "similar"."""
    least: int = 10
    """With no more than so many that wait, of this stage's rounds, "similar" does nothing."""
    before: int = 0
    """How many of the newest entries of this kind are shown, of the same stream where the group has one."""
    reveal: bool = False
    """Show the right answers."""
    role: str = "learner"
    """Who is asked."""
    solve: Operator | None = None
    """Solves a task with the entry as ``reminded``; what ``solutions.Remind`` holds."""
    check: Operator | None = None
    """Gives the new solution its feedback."""

    def __post_init__(self) -> None:
        """What is read depends on the settings; the checker asks the instance."""
        if self.per not in get_args(Per):
            raise unknown("group", self.per, get_args(Per), "give it as refinement.Conclude(per=...)")
        if (self.solve is None) != (self.check is None):
            raise UsageError("Conclude: give solve and check together; one alone verifies nothing")
        for held in filter(None, (self.solve, self.check)):
            can_solve("Conclude", held)
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise UsageError(f"Conclude: the pattern {self.pattern!r} cannot be read: {error}") from None
        more = {"reference"} if self.reveal else set[str]()
        object.__setattr__(self, "reads", frozenset({"solution"} | more))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the batch in its order."""
        waiting = [one for one in batch if one.solution and not self._has(one)]
        if self.per == "similar":
            found = self._similar(waiting, batch, ctx)
        else:
            groups = {"experience": [[one] for one in waiting], "stream": streams(waiting), "batch": [waiting]}[
                self.per
            ]
            found = self._concluded([group for group in groups if group], ctx)
        return [replace(one, writes=(*one.writes, *found.get(one.id, ()))) for one in batch]

    def _has(self, experience: Experience) -> bool:
        return any(entry.kind == self.kind for entry in experience.writes)

    def _similar(self, waiting: Batch, batch: Batch, ctx: Context) -> dict[str, list[Entry]]:
        """Each that waits with those most like it; who has been helped waits no longer."""
        earlier = [one for one in ctx.earlier("refinement") if one.solution]
        written = (entry for one in (*earlier, *batch) for entry in one.writes if entry.kind == self.kind)
        helped = {id for entry in written for id in entry.source.split(JOINT)}
        pool = {one.task.id: one for one in (*earlier, *waiting)}
        out = dict[str, list[Entry]]()
        for one in waiting:
            left = [other for id, other in pool.items() if id not in helped]
            if len(left) <= self.least or one.task.id in helped:
                continue
            group = [*nearest(one, left, self.alike), one]
            if found := self._concluded([group], ctx).get(one.id):
                out[one.id] = found
                helped |= {each.task.id for each in group}
        return out

    def _concluded(self, groups: Sequence[Batch], ctx: Context) -> dict[str, list[Entry]]:
        """The entries of each group by the id of its last experience."""
        proposed = [
            replace(group[-1], writes=(self._entry(text, group, ctx),))
            for group, reply in zip(groups, self._replies(groups, ctx), strict=True)
            for text in lines(reply, self.pattern)[: self.most]
        ]
        kept, out = proposed, dict[str, list[Entry]]()
        if proposed and self.solve and self.check:
            mending = Mending(groups={group[-1].id: group for group in groups}, solve=self.solve, check=self.check)
            kept = ctx.executor.run([(ctx.operator, mending)], proposed, ctx).batch
        for one in kept:
            out.setdefault(one.id, []).extend(one.writes)
        if proposed:
            told = {"kind": self.kind, "proposed": len(proposed), "kept": len(kept)}
            ctx.store.event("concluded", stage=ctx.number, round=ctx.round, **told)
        return out

    def _replies(self, groups: Sequence[Batch], ctx: Context) -> list[str]:
        said = [""] * len(groups)
        for name in self.prompts:
            keys = [f"{name} {group[-1].id}" for group in groups]
            asked = [
                guarded(
                    name,
                    group[0].task.fields if len(group) == 1 else {},
                    ctx,
                    key,
                    records=records(group, reveal=self.reveal),
                    said=before,
                    before=numbered(self._known(group, ctx)),
                    objective=ctx.objective.ability,
                )
                for group, key, before in zip(groups, keys, said, strict=True)
            ]
            replies = ctx.generate(asked, keys, role=self.role, sampling=GREEDY) if asked else []
            said = [samples[0].text for samples in replies]
        return said

    def _known(self, group: Batch, ctx: Context) -> Sequence[Entry]:
        if not self.before:
            return []
        stream = group[-1].task.stream
        known = [e for e in ctx.memory.entries if e.kind == self.kind and e.stream == stream and not e.status]
        return known[-self.before :]

    def _entry(self, text: str, group: Batch, ctx: Context) -> Entry:
        alone, task = len(group) == 1, group[-1].task
        return Entry(
            text=text,
            kind=self.kind,
            key=ctx.key(task) if alone else "",
            source=JOINT.join(dict.fromkeys(one.task.id for one in group)),
            experience=replace(group[0], writes=()) if alone else None,
            stream=task.stream,
            round=ctx.round,
        )
