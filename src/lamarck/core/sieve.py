"""What the loop writes is kept free of held-out items: tasks, training rows, memories, prompts.

Nothing here decides what a held-out item is; that is what the run's ``Leaks`` knows. Without any, all goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lamarck.core.exchange import Drop, Entry, Harvest, Job, Passage, Scoring
from lamarck.core.hearing import Sitting
from lamarck.core.leaks import Leaks
from lamarck.core.protocols import Memories, Memory, Store
from lamarck.core.types import Batch, Experience, Learner, Message

NAME = "leakage"
"""Whose drops these are in the run folder."""
NAMED = 20
"""Reasons that an event spells out; the rest are counted."""


class Leaked(Exception):
    """All that an update was to train on are held-out items."""


@dataclass(frozen=True, kw_only=True)
class Sieve:
    """The places where it is looked. Each hit is told by an event "leaked", with what it holds."""

    leaks: Leaks | None
    store: Store
    stage: int
    round: int
    operator: str

    def harvest(self, harvest: Harvest, *, whole: bool = False) -> Harvest:
        """The tasks that were made, without those that are or hold a held-out item; those are drops with a reason.

        ``whole``: what a run ends with as data, where no update will look: solutions are looked at too.
        """
        reasons = self._of(harvest.batch, _told if whole else lambda e: e.task.messages)
        if not reasons:
            return harvest
        batch = [e for at, e in enumerate(harvest.batch) if at not in reasons]
        drops = [Drop(experience=harvest.batch[at].id, operator=NAME, reason=why) for at, why in reasons.items()]
        self._tell("data" if whole else "tasks", len(harvest.batch), reasons)
        passage = Passage(operator=NAME, into=len(harvest.batch), out=len(batch), seconds=0.0)
        return replace(harvest, batch=batch, drops=(*harvest.drops, *drops), funnel=(*harvest.funnel, passage))

    def batch(self, batch: Batch) -> Batch:
        """What an update gets: without experiences whose task is held out. Their words are looked at as rows."""
        reasons = self._of(batch)
        if reasons:
            self._tell("batch", len(batch), reasons)
        return [e for at, e in enumerate(batch) if at not in reasons]

    def examples(self, found: Sequence[Experience]) -> list[Experience]:
        """Labelled examples, without those whose task is held out."""
        reasons = self._of(found)
        if reasons:
            self._tell("examples", len(found), reasons)
        return [e for at, e in enumerate(found) if at not in reasons]

    def job(self, job: Job) -> Job:
        """The training without the rows that hold a held-out item. Raises: Leaked where none is left."""
        reasons = self._said([[*row.messages, *row.rejected] for row in job.rows])
        if not reasons:
            return job
        self._tell("rows", len(job.rows), reasons)
        kept, score = [at for at in range(len(job.rows)) if at not in reasons], job.score
        if not kept:
            raise Leaked
        return replace(job, rows=[job.rows[at] for at in kept], score=score and _renumbered(score, kept))

    def entries(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries that may be remembered."""
        if not self.leaks:
            return list(entries)
        held = {at: why for at, e in enumerate(entries) if e.experience and (why := self.leaks.held(e.experience.task))}
        reasons = {**self._said([_turns(entry) for entry in entries]), **held}
        if reasons:
            self._tell("memory", len(entries), reasons)
        return [entry for at, entry in enumerate(entries) if at not in reasons]

    def updated(self, before: Learner, update: Callable[[], Learner]) -> Learner:
        """What an update made of a learner: itself where nothing was left to train on, its prompt where that leaks."""
        try:
            made = update()
        except Leaked:
            return before
        if not self.leaks or made.prompt == before.prompt:
            return made
        reasons = self._said([[Message(role="system", text=made.prompt)]])
        if not reasons:
            return made
        self._tell("prompt", 1, reasons)
        kept = replace(made, prompt=before.prompt)
        return before if kept.hash == before.hash else kept

    def met(self, sitting: Sitting) -> Sitting:
        """What learners were scored on; its items are held out from now on."""
        scores = [score for card in sitting for score in card.scores if score.split != "practice"]
        if self.leaks:
            self.leaks.meet(item for score in scores for item in score.items)
        return sitting

    def looked(self, sitting: Sitting) -> Sitting:
        """Scorecards just made; an event "look" says on how many items of which split, where there were any."""
        scores = [score for card in sitting[:1] for score in card.scores if score.items and not score.node]
        if scores:
            items = sum(len(score.items) for score in scores)
            self.store.event("look", stage=self.stage, round=self.round, split=scores[0].split, items=items)
        return sitting

    def memories(self, memories: Memories | None) -> Memories | None:
        """The run's memories, into which no held-out item is written."""
        return Sieved(memories, self) if memories and self.leaks else memories

    def _of(
        self, batch: Sequence[Experience], said: Callable[[Experience], Sequence[Message]] | None = None
    ) -> dict[int, str]:
        """Why which of them leak: by their task, then by its words."""
        if not self.leaks:
            return {}
        held = {at: why for at, e in enumerate(batch) if (why := self.leaks.held(e.task))}
        return {**self._said([said(e) for e in batch]), **held} if said else held

    def _said(self, messages: Sequence[Sequence[Message]]) -> dict[int, str]:
        """Why which of these conversations leak, by what is said in them."""
        texts = dict.fromkeys(message.text for each in messages for message in each if message.text)
        found = self.leaks.found(list(texts)) if self.leaks else dict[str, str]()
        if not found:
            return {}
        hits = {at: next((found[m.text] for m in each if m.text in found), "") for at, each in enumerate(messages)}
        return {at: why for at, why in hits.items() if why}

    def _tell(self, where: str, into: int, reasons: Mapping[int, str]) -> None:
        named = list(dict.fromkeys(reasons.values()))[:NAMED]
        self.store.event(
            "leaked",
            where=where,
            stage=self.stage,
            round=self.round,
            operator=self.operator,
            into=into,
            out=into - len(reasons),
            reasons=named,
        )


class Sieved:
    """Core's ``Memories`` over another: what is a held-out item is left out of a commit."""

    def __init__(self, memories: Memories, sieve: Sieve) -> None:
        """In: the run's memories, and what looks at entries."""
        self._memories, self._sieve = memories, sieve

    def open(self, version: str, /) -> Memory:
        """The memory as it was at a version; "" is the empty one."""
        return self._memories.open(version)

    def commit(self, version: str, entries: Sequence[Entry], /, *, forget: Sequence[Entry] = ()) -> str:
        """Add those entries to a version that leak nothing. Out: the new version's name; the old one for none."""
        return self._memories.commit(version, self._sieve.entries(entries), forget=forget)


def _renumbered(score: Scoring, kept: Sequence[int]) -> Scoring:
    """Scoring for what knows the rows by the numbers they had before some were left out."""

    def scored(samples: Sequence[tuple[int, str]]) -> Sequence[float]:
        return score([(kept[row], text) for row, text in samples])

    return scored


def _told(experience: Experience) -> list[Message]:
    """What a row made of it would say."""
    said = (experience.solution, experience.rejected)
    return [*experience.task.messages, *(message for one in said if one for message in one.messages)]


def _turns(entry: Entry) -> list[Message]:
    """All that is said in an entry."""
    made = entry.experience
    told = [Message(role="user", text=entry.text)]
    if made is None:
        return told
    words = [Message(role="user", text=made.feedback.text)] if made.feedback else []
    return [*told, *_told(made), *words]
