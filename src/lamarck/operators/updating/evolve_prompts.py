"""Breed prompts, and the prompts that change them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any, ClassVar

from lamarck.core import Batch, Context, Learner, Names, Prompt, Sampling, State, UsageError
from lamarck.operators.breeding import (
    MUTATIONS,
    STYLES,
    Birth,
    Unit,
    fitness,
    listed,
    restored,
    said,
    solved_by,
    stored,
    unlike,
    wanted,
)
from lamarck.operators.searching import going_on

STATE = "prompts"
"""Name of the search state."""
APPLIED = "promptbreeder/first_order"
"""How a new mutation prompt is applied at once."""


@dataclass(frozen=True, kw_only=True)
class EvolvePrompts:
    """Binary tournaments over units of task prompts, a mutation prompt and worked examples; a round is a generation.

    A candidate is the learner with a unit as its system prompt; its fitness the mean score by author. Each round pairs
    all units at random: the winner stays, a mutated copy of it takes the loser's place, so the best of a round is
    always there in the next. Of equals the one with the higher mean over its rounds wins. The copy is made in one of
    several ways, all equally likely, that are nothing but prompts; a reply that was cut off, is empty or too long
    leaves the copy as its parent. State is the run's and JSON; the learner does not change, see `updating.Elect`.
    In: experiences with the author that `tasks.PerCandidate` gave them, and a verdict. A unit is not scored on a task
    that its own examples show; one without scores gets the least of the round. Raises: UsageError.
    Source: Promptbreeder (arXiv:2309.16797), section 3. Differs: task prompts stand one below the other in one system
    prompt, where the paper asks them in turn; generations are pairs of all units, not single tournaments; what is alike
    is told by words, not by BERT. Numbers of contexts and lengths are ours.
    """

    reads: ClassVar[Names] = {"feedback", "author"}

    problem: str = ""
    """What has to be done, in words; "" = the round's objective in the environment's."""
    population: int = 50
    prompts: int = 2
    """Task prompts a unit has."""
    contexts: int = 3
    """Worked examples of a unit, at most: what its parents solved right."""
    crossover: float = 0.1
    """Chance that one task prompt is taken from another unit, a fitter one more likely."""
    shuffle: float = 0.1
    """Chance that full examples are dealt anew."""
    novelty: float = 0.95
    """Of two prompts whose cosine is higher a list shows the first."""
    first: str = "promptbreeder/first"
    """How a population begins. Fields: "style", "mutation", "objective"."""
    direct: tuple[str, ...] = ("promptbreeder/zero_order", APPLIED)
    """Fields of this and all that follow: "objective", "mutation", "instruction", "style"."""
    estimation: tuple[str, ...] = ("promptbreeder/more", "promptbreeder/ranked")
    """Ways that go on with a list of the population's: "instructions" in random order, "ranked" by rising fitness."""
    lineage: tuple[str, ...] = ("promptbreeder/lineage",)
    """Ways that go on with the "elites" of the unit's own line."""
    hyper: tuple[str, ...] = ("promptbreeder/style", "promptbreeder/improve")
    """Ways to change the mutation prompt, which is then applied; () = it never changes."""
    lamarckian: tuple[str, ...] = ("promptbreeder/working",)
    """Ways back from a right "working" of a "question"."""
    role: str = "learner"
    """Who writes prompts; its own system prompt is left out."""
    temperature: float = 1.0
    longest: int = 1000
    """Characters of a prompt, at most."""
    styles: tuple[str, ...] = STYLES
    mutations: tuple[str, ...] = MUTATIONS

    def __post_init__(self) -> None:
        """Refuse what no run could follow."""
        if self.population < 2 or self.prompts < 1 or self.contexts < 0:
            raise UsageError(
                "EvolvePrompts needs a population of 2 or more, 1 prompt or more, and contexts of 0 or more"
            )
        if not self.styles or not self.mutations or not (self.direct or self.estimation or self.hyper):
            raise UsageError("EvolvePrompts needs styles, mutations, and ways to mutate: direct, estimation or hyper")

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the learner itself; the next generation is out."""
        now = self.out(ctx)
        if not batch:
            return learner
        units = self._scored([restored(each) for each in now.data["units"]], batch, ctx)
        values = [unit.scores[-1] for unit in units]
        ctx.keep(STATE, self._state(self._next(units, batch, ctx), ctx))
        ctx.store.event("searched", search=STATE, round=ctx.round, best=max(values), mean=fmean(values))
        return learner

    def out(self, ctx: Context) -> State:
        """The search as the rounds before left it, with the candidates of this one. The first call begins it.

        Raises: UsageError where the search was begun with other settings.
        """
        return going_on(STATE, lambda: self._state(self._begun(ctx), ctx), self._settings, ctx)

    def best(self, learner: Learner, ctx: Context) -> Learner:
        """The learner with the unit whose mean fitness is the highest. Raises: UsageError where nobody was scored."""
        scored = [unit for unit in map(restored, ctx.kept(STATE, State).data.get("units", ())) if unit.scores]
        if not scored:
            raise UsageError(
                f"{ctx.operator}: no prompt was scored yet; put a stage with updating.EvolvePrompts before"
            )
        return self._follower(max(scored, key=lambda unit: unit.fitness), learner)

    @property
    def _settings(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))

    def _state(self, units: Sequence[Unit], ctx: Context) -> State:
        """The units and the candidates that follow them, each once."""
        out = {one.hash: one for one in (self._follower(unit, ctx.base) for unit in units)}
        data = {"settings": self._settings, "units": [stored(unit) for unit in units]}
        return State(data=data, learners=tuple(out.values()))

    def _follower(self, unit: Unit, learner: Learner) -> Learner:
        return replace(learner, prompt=unit.text, parent=learner.hash)

    # --- a generation ---

    def _scored(self, units: Sequence[Unit], batch: Batch, ctx: Context) -> list[Unit]:
        """The units with this round's fitness, the best with one more elite in its line."""
        values = [fitness(unit, self._follower(unit, ctx.base).hash, batch) for unit in units]
        least = min((value for value in values if value is not None), default=0.0)
        told = [least if value is None else value for value in values]
        top = told.index(max(told))
        return [
            replace(
                unit,
                scores=(*unit.scores, value),
                elites=(*unit.elites, unit.prompts) if at == top and unit.prompts not in unit.elites else unit.elites,
            )
            for at, (unit, value) in enumerate(zip(units, told, strict=True))
        ]

    def _next(self, units: Sequence[Unit], batch: Batch, ctx: Context) -> list[Unit]:
        """Tournaments of two: each loser's place goes to a mutated copy of the winner."""
        order = ctx.rng(STATE, "pairs").sample(range(len(units)), len(units))
        made, births = list(units), dict[int, Birth]()
        for one, other in zip(order[::2], order[1::2], strict=False):
            won, lost = sorted((one, other), key=lambda at: (units[at].scores[-1], units[at].fitness), reverse=True)
            births[lost] = self._birth(str(lost), units[won], batch, ctx)
        for place, child in zip(births, self._bred(list(births.values()), units, ctx), strict=True):
            made[place] = child
        return made

    def _birth(self, key: str, parent: Unit, batch: Batch, ctx: Context) -> Birth:
        solved = solved_by(self._follower(parent, ctx.base).hash, batch)
        shown = (*self.direct, *self.estimation, *self.hyper)
        # a line without elites, or a parent that solved nothing, has nothing to show
        ways = (*shown, *(self.lineage if parent.elites else ()), *(self.lamarckian if solved else ()))
        rng = ctx.rng(STATE, key)
        return Birth(key=key, parent=parent, way=rng.choice(ways), rng=rng, solved=solved)

    def _bred(self, births: Sequence[Birth], units: Sequence[Unit], ctx: Context) -> list[Unit]:
        """The children, all asked for at once: new mutation prompts first, then the task prompts."""
        hyper = [birth for birth in births if birth.way in self.hyper]
        replies = self._asked([(f"{b.key}.mutation", self._shown(b, 0, units, ctx)) for b in hyper], ctx)
        changed = {birth.key: reply for birth, reply in zip(hyper, replies, strict=True) if reply}
        for birth in hyper:
            mutation = changed.get(birth.key, birth.parent.mutation)
            birth.parent = replace(birth.parent, mutation=mutation)
        places = [(birth, at) for birth in births for at in range(self.prompts)]
        prompts = self._asked([(f"{b.key}.{at}", self._shown(b, at, units, ctx, last=True)) for b, at in places], ctx)
        texts = [text or birth.parent.prompts[at] for (birth, at), text in zip(places, prompts, strict=True)]
        return [
            self._child(birth, tuple(texts[i * self.prompts : (i + 1) * self.prompts]), units)
            for i, birth in enumerate(births)
        ]

    def _child(self, birth: Birth, prompts: tuple[str, ...], units: Sequence[Unit]) -> Unit:
        """The copy with these prompts, perhaps crossed with another unit, and with its examples."""
        rng, workings, room = birth.rng, birth.parent.workings, self.contexts
        if rng.random() < self.crossover:
            weights = [unit.scores[-1] for unit in units]
            mate = rng.choices(units, weights if min(weights) >= 0 and any(weights) else None)[0]
            at = rng.randrange(self.prompts)
            prompts = (*prompts[:at], mate.prompts[at], *prompts[at + 1 :])
        if rng.random() < self.shuffle and len(workings) >= room:
            workings = ()
        fresh = [each for each in birth.solved if each.task not in {old.task for old in workings}]
        added = rng.sample(fresh, min(len(fresh), room - len(workings)))
        return replace(birth.parent, prompts=prompts, workings=(*workings, *added), scores=(), way=birth.way)

    # --- what the one who writes is shown ---

    def _begun(self, ctx: Context) -> list[Unit]:
        """A population of prompts that are written from the problem, a style and a mutation prompt each."""
        rng = ctx.rng(STATE, "begin")
        drawn = [rng.choice(self.mutations) for _ in range(self.population)]
        problem, asked = self.problem or wanted(ctx), list[tuple[str, Prompt]]()
        for i, mutation in enumerate(drawn):
            for at in range(self.prompts):
                fields = {"style": rng.choice(self.styles), "mutation": mutation, "objective": problem}
                asked.append((f"{i}.{at}", Prompt(name=self.first, fields=fields)))
        texts = [text or problem for text in self._asked(asked, ctx)]
        rows = [tuple(texts[i * self.prompts : (i + 1) * self.prompts]) for i in range(self.population)]
        return [Unit(prompts=row, mutation=mutation, way=self.first) for row, mutation in zip(rows, drawn, strict=True)]

    def _shown(self, birth: Birth, at: int, units: Sequence[Unit], ctx: Context, *, last: bool = False) -> Prompt:
        """The prompt of a birth's way for the task prompt at this place; a hyper-mutation ends by being applied."""
        parent, rng, way = birth.parent, birth.rng, birth.way
        fields = {
            "objective": self.problem or wanted(ctx),
            "mutation": parent.mutation,
            "instruction": parent.prompts[at],
            "style": rng.choice(self.styles),
        }
        if way in self.hyper and last:
            way = APPLIED
        if way in self.lamarckian:
            solved = rng.choice(birth.solved)
            fields |= {"question": solved.question, "working": solved.solution}
        if way in self.lineage:
            fields["elites"] = listed(prompts[at] for prompts in parent.elites)
        if way in self.estimation:
            told = [unit.prompts[at] for unit in sorted(units, key=lambda unit: unit.scores[-1])]
            mixed = unlike(rng.sample(told, len(told)), self.novelty)
            fields |= {"instructions": listed(mixed), "ranked": listed(unlike(told, self.novelty))}
        return Prompt(name=way, fields=fields)

    def _asked(self, asked: Sequence[tuple[str, Prompt]], ctx: Context) -> list[str]:
        """What is written to each prompt, "" where it is of no use. In: keys of the seeds and prompts."""
        if not asked:
            return []
        writer = replace(ctx.role(self.role), prompt="")
        keys, sampling = [f"{STATE} {key}" for key, _ in asked], Sampling(temperature=self.temperature)
        replies = ctx.generate([prompt for _, prompt in asked], keys, role=writer, sampling=sampling)
        return [said(reply, self.longest) for (reply,) in replies]
