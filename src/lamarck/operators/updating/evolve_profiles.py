"""A society of profiles, of which the fittest live on and have children."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import fmean
from typing import Any, ClassVar

from lamarck.core import Batch, Context, Learner, Names, Prompt, Sampling, State, UsageError
from lamarck.operators.breeding import STYLES, said, wanted
from lamarck.operators.judging import guarded
from lamarck.operators.searching import going_on

STATE = "profiles"
"""Name of the search state."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One member: who it is and how it acts."""

    text: str
    parents: tuple[str, ...] = ()
    """Profiles that it was crossed from; () = of the first generation."""
    scores: tuple[float, ...] = field(default=())
    """Its fitness in each round that it lived, each under that round's norm."""


@dataclass(frozen=True, kw_only=True)
class EvolveProfiles:
    """Keep the fittest profiles and fill the places of the rest with crossed and mutated ones; a round is a generation.

    A candidate is the learner with a profile as its system prompt; its fitness the mean score by author this round, so
    under this round's norm alone. Of equals the one with the higher mean over its rounds is fitter, then the older one.
    Whoever writes profiles sees profiles and what has to be done, never norm or feedback, which could quote it.
    In: experiences with the author that `tasks.PerCandidate` gave them, and a verdict. Out: the learner with the
    fittest profile; the same one where nobody was scored. State is the run's and JSON. An event "searched" has best and
    mean fitness and how many profiles differ. A reply that was cut off, empty or too long leaves a parent's profile.
    Raises: UsageError for numbers that do not fit together, or a search begun with others.
    Source: Evolving Social Norms (arXiv:2401.04620), section 3. Differs: a profile is character and strategy, memory is
    the learner's own affair; members do not meet; the numbers are ours.
    """

    reads: ClassVar[Names] = {"feedback", "author"}

    population: int = 10
    survivors: int = 5
    """How many live on; the others' places go to their children."""
    first: str = "evolutionary_agent/first"
    """How a member is invented. Fields: "objective", "style"."""
    cross: str = "evolutionary_agent/cross"
    """How two have a child. Fields: "objective", "style", "first", "second", "fence"."""
    role: str = "learner"
    """Who writes profiles; its own system prompt is left out."""
    temperature: float = 1.0
    longest: int = 1000
    """Characters of a profile, at most."""
    styles: tuple[str, ...] = STYLES

    def __post_init__(self) -> None:
        """Refuse a society that could not go on."""
        if self.population < 2 or not 1 <= self.survivors <= self.population or not self.styles:
            raise UsageError(
                f"EvolveProfiles has a population of {self.population} and {self.survivors} survivors; give 2 members "
                "or more, of whom 1 or more and at most all survive, and some styles"
            )

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the learner with the fittest profile; the next generation is out."""
        members = self._scored([_restored(each) for each in self.out(ctx).data["members"]], batch, ctx)
        if not batch or not members:
            return learner
        fittest = sorted(members, key=lambda one: (one.scores[-1], fmean(one.scores)), reverse=True)
        values = [one.scores[-1] for one in members]
        ctx.keep(STATE, self._state(self._next(fittest, ctx), ctx))
        told = {"best": max(values), "mean": fmean(values), "distinct": len({one.text for one in members})}
        ctx.store.event("searched", search=STATE, round=ctx.round, **told)
        made = _follower(fittest[0], learner)
        return learner if made.hash == learner.hash else made

    def out(self, ctx: Context) -> State:
        """The generation of this round; the first call invents one. Raises: UsageError where settings have changed."""
        return going_on(STATE, lambda: self._state(self._begun(ctx), ctx), self._settings, ctx)

    @property
    def _settings(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))

    def _state(self, members: Sequence[Profile], ctx: Context) -> State:
        out = {one.hash: one for one in (_follower(member, ctx.base) for member in members)}
        data = {"settings": self._settings, "members": [asdict(member) for member in members]}
        return State(data=data, learners=tuple(out.values()))

    def _scored(self, members: Sequence[Profile], batch: Batch, ctx: Context) -> list[Profile]:
        """The members with this round's fitness; one that was never scored gets the least of the round."""
        found = list[float | None]()
        for member in members:
            author = _follower(member, ctx.base).hash
            scores = [e.score for e in batch if e.author == author and e.feedback]
            found.append(fmean(scores) if scores else None)
        if all(value is None for value in found):
            return []
        least = min(value for value in found if value is not None)
        values = [least if value is None else value for value in found]
        return [replace(one, scores=(*one.scores, value)) for one, value in zip(members, values, strict=True)]

    def _begun(self, ctx: Context) -> list[Profile]:
        """A first generation, each invented from a thought of its own."""
        rng, problem = ctx.rng(STATE, "begin"), wanted(ctx)
        thoughts = [rng.choice(self.styles) for _ in range(self.population)]
        asked = [Prompt(name=self.first, fields={"objective": problem, "style": one}) for one in thoughts]
        texts = self._asked(asked, ctx)
        return [Profile(text=text or f"Character: {one}") for text, one in zip(texts, thoughts, strict=True)]

    def _next(self, fittest: Sequence[Profile], ctx: Context) -> list[Profile]:
        """The survivors, and a child of two of them for every other place."""
        alive, rng = list(fittest[: self.survivors]), ctx.rng(STATE, "pairs")
        pairs = [rng.sample(alive, min(2, len(alive))) for _ in range(self.population - len(alive))]
        asked = list[Prompt]()
        for number, pair in enumerate(pairs):
            own = {"objective": wanted(ctx), "style": rng.choice(self.styles)}
            shown = {"first": pair[0].text, "second": pair[-1].text}
            asked.append(guarded(self.cross, own, ctx, f"{STATE} {number}", **shown))
        made = zip(pairs, self._asked(asked, ctx), strict=True)
        return [*alive, *(Profile(text=text or p[0].text, parents=tuple(x.text for x in p)) for p, text in made)]

    def _asked(self, asked: Sequence[Prompt], ctx: Context) -> list[str]:
        """What is written to each prompt, "" where it is of no use."""
        if not asked:
            return []
        writer, sampling = replace(ctx.role(self.role), prompt=""), Sampling(temperature=self.temperature)
        keys = [f"{STATE} {number}" for number in range(len(asked))]
        return [said(reply, self.longest) for (reply,) in ctx.generate(asked, keys, role=writer, sampling=sampling)]


def _follower(member: Profile, learner: Learner) -> Learner:
    return replace(learner, prompt=member.text, parent=learner.hash)


def _restored(data: Mapping[str, Any]) -> Profile:
    return Profile(text=data["text"], parents=tuple(data["parents"]), scores=tuple(data["scores"]))
