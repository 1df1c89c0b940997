"""Add to memory what agrees with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, get_args

from lamarck.core import Batch, Context, Entry, Learner, Names, Overlay, Sampling, UsageError, unknown
from lamarck.operators.concluding import JOINT, lines
from lamarck.operators.judging import guarded
from lamarck.operators.remembering import committed
from lamarck.operators.reminding import numbered

Within = Literal["nearest", "bucket", "all"]
CHOICES = ("contradictory", "identical", "related", "apart")
GREEDY = Sampling(temperature=0.0)
FAINTEST = 0.05
"""Weight below which an earlier round's drafts are shown no more."""


@dataclass(frozen=True, kw_only=True)
class Reconcile:
    """Add what operators left in ``writes`` to the memory so that nothing there contradicts it.

    In: experiences. Out: the learner with a new version of its memory. One after the other each new entry meets old
    ones of its kind and stream: those that share most words with it, or those in its bucket. For each pair ``prompt``
    asks for one of four words. "contradictory": the old one stays as superseded and is found no more. "identical": the
    old one is confirmed and the new one not added. "related": with ``merge``, one text takes the place of both, unless
    it loses a number or a name; contradictory ones are merged too, for what the old one says besides. "apart", or no
    clear word: both stand. With "all", a role is shown all old notes, the new drafts and fading ones of earlier rounds,
    and writes the notes anew, a line each; lines that go stay as superseded, a reply without any line changes nothing.
    Raises: UsageError where the run keeps no memory.
    Source: TRAN (arXiv:2310.15746), section 3.2; TiM (2311.08719), section 3.3; IML (2403.02757), section 3.3. Differs:
    one closed choice instead of two questions in words; of identical ones the older stays; what is out is kept as
    superseded; momentum is the weight at which drafts of the round before are shown, to the power of its age.
    """

    reads: ClassVar[Names] = {"writes"}

    kind: str
    """Of the entries."""
    prompt: str
    """Fields of the choice: "old", "new"; with "all": "notes", "drafts", "earlier", "longest"; "objective", "fence"."""
    within: Within = "nearest"
    merge: str = ""
    """The prompt that writes one text of "old" and "new"; "" = related ones stay side by side."""
    near: int = 1
    """How many old ones are met."""
    least: int = 0
    """With fewer old ones nothing is compared, for "nearest"."""
    momentum: float = 0.0
    """0 to below 1: 0 shows this round's drafts alone, for "all"."""
    longest: int = 4000
    """Characters that all notes may have; what is beyond is cut, line by line, for "all"."""
    role: str = "learner"

    def __post_init__(self) -> None:
        if self.within not in get_args(Within):
            raise unknown("part of memory", self.within, get_args(Within), "give it as updating.Reconcile(within=...)")
        if not 0.0 <= self.momentum < 1.0:
            raise UsageError(f"Reconcile: momentum is {self.momentum}; give a number from 0 to below 1")

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the learner that knows the new entries too; the same one where there are none."""
        new = [entry for one in batch for entry in one.writes if entry.kind == self.kind]
        if not new:
            return learner
        if ctx.memories is None:
            raise UsageError(f"{ctx.operator} writes memory, but this run keeps none")
        memory = ctx.memories.open(learner.memory).session(ctx.operator)
        if self.within == "all":
            self._revised(new, memory, ctx)
        else:
            for number, entry in enumerate(new):
                self._met(entry, memory, str(number), ctx)
        return committed(learner, memory.writes, ctx, forget=memory.forgotten)

    # --- one by one ---

    def _met(self, new: Entry, memory: Overlay, key: str, ctx: Context) -> None:
        """Add the entry, or what comes of it and the old ones."""
        for number, old in enumerate(self._olds(new, memory)):
            told, at = {"old": old.text, "new": new.text}, f"{key} {number}"
            choice = chosen(self._asked(self.prompt, at, ctx, **told))
            if choice == "identical":
                memory.forget(old)
                memory.add(replace(old, support=old.support + 1))
                return
            if choice == "apart" or (choice == "related" and not self.merge):
                continue
            clash = choice == "contradictory"
            text = self._asked(self.merge, f"{at} merge", ctx, **told).strip() if self.merge else ""
            whole = bool(text) and not lost((new.text,) if clash else told.values(), text)
            if clash or whole:
                why = "contradicted by" if clash else "merged with"
                _supersede(old, f"{why} {new.source}: {new.text}", memory)
            if whole:
                source = JOINT.join(dict.fromkeys((*old.source.split(JOINT), *new.source.split(JOINT))))
                new = replace(new, text=text, source=source, support=old.support)
        memory.add(new)

    def _olds(self, new: Entry, memory: Overlay) -> Sequence[Entry]:
        def same(entry: Entry) -> bool:
            return entry.stream == new.stream and not entry.status

        known = sum(1 for entry in memory.entries if entry.kind == self.kind and same(entry))
        if not known or known < self.least:
            return []
        if self.within == "bucket":
            return memory.search(new.text, self.near, kind=self.kind, where=same, within=memory.bucket(new.text))
        return memory.search(new.text, self.near, kind=self.kind, where=same, by="words")

    # --- all at once ---

    def _revised(self, new: Sequence[Entry], memory: Overlay, ctx: Context) -> None:
        """Replace the notes by those that the role makes of them and the drafts."""
        old = [entry for entry in memory.entries if entry.kind == self.kind and not entry.status]
        told = {"notes": numbered(old), "drafts": numbered(new), "earlier": self._earlier(ctx)}
        reply = self._asked(self.prompt, "all", ctx, **told, longest=str(self.longest))
        kept = _fitting(lines(reply, r"\w"), self.longest)
        if not kept:
            return
        for entry in old:
            if entry.text not in kept:
                _supersede(entry, f"revised in round {ctx.round}", memory)
        drafts = {entry.text: entry for entry in new}
        source = JOINT.join(dict.fromkeys(id for entry in new for id in entry.source.split(JOINT)))
        for text in kept:
            if text not in {entry.text for entry in old}:
                memory.add(drafts.get(text) or Entry(text=text, kind=self.kind, source=source, round=ctx.round))

    def _earlier(self, ctx: Context) -> str:
        """Drafts of earlier rounds with the weight that is left of each, the oldest first."""
        drafts = [e for one in ctx.earlier("refinement") for e in one.writes if e.kind == self.kind]
        weighed = [(self.momentum ** (ctx.round - entry.round), entry.text) for entry in drafts]
        return "\n".join(f"{weight:.2f}: {text}" for weight, text in weighed if weight >= FAINTEST) or "(none)"

    def _asked(self, name: str, key: str, ctx: Context, **data: str) -> str:
        prompt = guarded(name, {}, ctx, key, **data, objective=ctx.objective.ability)
        return ctx.generate([prompt], [key], role=self.role, sampling=GREEDY)[0][0].text


def chosen(reply: str) -> str:
    """The one of the four words that a reply holds; "apart" where it holds none, or several."""
    found = {word for word in re.findall(r"[a-z]+", reply.lower()) if word in CHOICES}
    return found.pop() if len(found) == 1 else "apart"


def lost(olds: Iterable[str], text: str) -> list[str]:
    """Numbers and names (words with a capital letter inside a text) of the old texts that the new one lacks."""
    wanted = {word for old in olds for word in re.findall(r"\d+(?:[.,]\d+)*|(?<=\s)[^\W\d_a-z]\w*", old)}
    return sorted(wanted - Counter(re.findall(r"\d+(?:[.,]\d+)*|\w+", text)).keys())


def _supersede(old: Entry, why: str, memory: Overlay) -> None:
    memory.forget(old)
    memory.add(replace(old, status=f"superseded: {why}"))


def _fitting(texts: Sequence[str], longest: int) -> list[str]:
    """As many lines from the first on as have no more characters together."""
    kept, left = list[str](), longest
    for text in texts:
        left -= len(text) + 1
        if left < -1:
            break
        kept.append(text)
    return kept
