"""Take entries out of memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import ClassVar, Literal, get_args

from lamarck.core import Batch, Context, Entry, Experience, Learner, Names, Phase, UsageError, digest, unknown
from lamarck.operators.concluding import JOINT
from lamarck.operators.remembering import committed
from lamarck.operators.reminding import was_shown
from lamarck.trust.credit import credit

By = Literal["curve", "least used", "effect"]


@dataclass(frozen=True, kw_only=True)
class Forget:
    """Forget what fades, what was used longest ago, or what did harm.

    Out: the learner with a new version of its memory; the same one where nothing goes. "curve" keeps an entry with
    chance exp(-t/(c*S)): t days since it was learned or last shown to who solves, S = 1 + how often it was shown in
    this stage. Each entry has one draw from the run's seed until it is shown again, so that looking at it more often
    does not make it fade faster. "least used": of more than ``cap`` entries those last shown, or learned, longest ago
    go; superseded ones do not count and stay. "effect": new entries are on probation; one goes when tasks of this
    stage went worse with it in view than without, by the whole 95 % interval of the difference. A ``cap`` holds with
    "curve" as well, and with "effect" those go first whose tasks gained least, untried ones in between.
    Raises: UsageError where the run keeps no memory.
    Source: MemoryBank (arXiv:2305.10250), section 2.3; TRAN (2310.15746), section 3.2; "effect" is our own, by
    ``trust.credit``. Differs: strong entries fade more slowly, which the published code of the first turns round by
    the order of its operators; the second's code takes out what was added first, here it is what was used longest ago.
    """

    reads: ClassVar[Names] = set[str]()

    kind: str = ""
    """Of the entries; "" = any."""
    by: By = "least used"
    cap: int | None = None
    """How many may stay."""
    c: float = 1.0
    """How many times slower than exp(-t/S), for "curve"."""
    days: float = 1.0
    """A round's length, for "curve"."""
    strength: bool = True
    """False: S stays 1, however often something was shown. A control, never a method."""
    along: str = ""
    """Kind of entries that go when all they were concluded from is forgotten: a day's summary with its last piece."""

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise unknown("way to forget", self.by, get_args(By), "give it as updating.Forget(by=...)")
        if self.by == "least used" and self.cap is None:
            raise UsageError('Forget: by="least used" needs how many may stay; give cap=100')
        if self.c <= 0 or self.days < 0:
            raise UsageError(f"Forget: c is {self.c} and days {self.days}; give c above 0 and days not below")

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the learner without what is forgotten."""
        if ctx.memories is None:
            raise UsageError(f"{ctx.operator} writes memory, but this run keeps none")
        entries = list(ctx.memories.open(learner.memory).entries)
        mine = [e for e in entries if self.kind in ("", e.kind) and not e.status]
        stay, worth = self._worth(mine, ctx)
        if self.cap is not None:
            stay = sorted(stay, key=lambda i: (worth[i], i))[max(0, len(stay) - self.cap) :]
        gone = [entry for i, entry in enumerate(mine) if i not in set(stay)]
        gone += self._orphans(entries, gone)
        return committed(learner, [], ctx, forget=gone)

    def _worth(self, mine: Sequence[Entry], ctx: Context) -> tuple[list[int], Sequence[float]]:
        """Which entries stay without a cap, and of each what a cap goes by."""
        rounds, everyone = solved(ctx), range(len(mine))
        if self.by == "effect":
            shown = partial(_shown_of, mine)
            found = credit([[one for at, one in rounds if at == n] for n in range(1, ctx.round + 1)], shown)
            gains = [(found[i].difference or 0.0) if i in found else 0.0 for i in everyone]
            return [i for i in everyone if i not in found or found[i].high >= 0], gains
        shows = [[at for at, one in rounds if was_shown(entry, one)] for entry in mine]
        last = [max([entry.round, *at]) for entry, at in zip(mine, shows, strict=True)]
        if self.by == "least used":
            return list(everyone), last
        return [i for i in everyone if self._lasts(mine[i], last[i], len(shows[i]) * self.strength, ctx)], last

    def _lasts(self, entry: Entry, last: int, times: int, ctx: Context) -> bool:
        draw = Random(digest(ctx.seed, "forget", entry.kind, entry.source, entry.text, last)).random()
        return draw < retention((ctx.round - last) * self.days, 1 + times, self.c)

    def _orphans(self, entries: Sequence[Entry], gone: Sequence[Entry]) -> list[Entry]:
        """Entries of the kind that goes along whose every source had something to forget and has nothing left."""
        if not self.along:
            return []
        lost = {entry.source for entry in gone}
        lost -= {entry.source for entry in entries if entry not in gone and entry.kind != self.along}
        return [e for e in entries if e.kind == self.along and e not in gone and lost.issuperset(e.source.split(JOINT))]


def retention(days: float, strength: float, c: float = 1.0) -> float:
    """The chance that something is still known, exp(-days/(c*strength))."""
    return math.exp(-days / (c * strength))


def _shown_of(entries: Sequence[Entry], experience: Experience) -> list[int]:
    return [i for i, entry in enumerate(entries) if was_shown(entry, experience)]


def solved(ctx: Context) -> list[tuple[int, Experience]]:
    """What was solved in this stage up to now, each with its round."""
    addresses = (Phase(stage=ctx.number, round=n, name="feedback") for n in range(1, ctx.round + 1))
    return [(address.round, one) for address in addresses for one in ctx.store.batch(address)]
