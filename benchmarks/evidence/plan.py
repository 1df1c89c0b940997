"""A plan: everything about an experiment that is fixed before its first run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lamarck.testing.beds import Bed, over

Values = Mapping[str, Any]
PILOT = 100
"""Seed of pilots and trials: no plan has it, so that neither sees an item that will count."""
STOP = (
    "Every seed of every arm runs to its last round. Sealed items are scored once, after it. No seed is added, left "
    "out or run again after a look; a run that failed goes on where it stopped, and is told where it cannot. Settings "
    "were chosen on practice and selection items with seeds from 100 on."
)


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One way to run the recipe; all arms of a plan make the same number of rounds and updates."""

    ablate: tuple[str, ...] = ()
    options: Values = field(default_factory=dict[str, Any])
    """On top of the plan's."""
    sets: Values = field(default_factory=dict[str, Any])
    """On top of the plan's."""
    control: str = ""
    """A method of ``controls.py`` that runs in the recipe's place, with this arm's options alone."""
    learner: str = ""
    """"" = the plan's."""
    seeds: tuple[int, ...] | None = None
    """None = the plan's."""
    rounds: int | None = None
    """None = the plan's."""


@dataclass(frozen=True, kw_only=True)
class Exam:
    """What every learner is scored on, whatever the recipe's own evaluation is."""

    items: int | None = 400
    """Sealed items of each seed; None = all there are."""
    samples: int = 16
    """A sealed item, beside the greedy one."""
    selection: int | None = 100
    """Items of each round, for the curve."""
    glances: int = 4
    """Samples of each of those."""
    protected: int = 400
    """Fresh items of each protected ability at the end; a tenth of it in a round."""
    clean: int = 0
    """Labelled solutions whose log-likelihood is taken at the end."""
    metric: str = "greedy"
    """What decides."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a difference: a metric of an arm's last learner, or of what the arm began with."""

    arm: str = "recipe"
    metric: str = "greedy"
    """Of the target, "likelihood", or the name of a protected ability."""
    who: Literal["champion", "base"] = "champion"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A difference, and what the plan expects of its interval."""

    text: str
    more: Side
    less: Side
    above: float | None = 0.0
    """The lower end must be above this: points, or nats a token for "likelihood"."""
    below: float | None = None
    """The upper end must be below this."""
    required: bool = False
    """Without it the recipe does not count as shown."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One recipe's experiment."""

    recipe: str
    why: str
    """The case that the paper's mechanism needs, and how this bed has it."""
    environment: str
    objective: Values = field(default_factory=dict[str, Any])
    learner: str = "pupil"
    """May be the name of a bed in braces: "{noisy}"; so may strings in options."""
    beds: Mapping[str, Bed] = field(default_factory=dict[str, Bed])
    options: Values = field(default_factory=dict[str, Any])
    sets: Values = field(default_factory=dict[str, Any])
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    rounds: int | None = None
    """None = as the recipe has it."""
    tasks: int | None = None
    """Practice tasks of a round; None = as the recipe has it."""
    samples: int | None = None
    """Cap on samples a task; None = as the recipe has it."""
    arms: Mapping[str, Arm]
    """The first is the recipe as it ships, and is called "recipe"."""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    exam: Exam = field(default_factory=Exam)
    claims: tuple[Claim, ...] = ()
    stop: str = STOP
    quick: Values = field(default_factory=dict[str, Any])
    """Options of a trial of a few seconds, which shows nothing but that the plan runs."""
    quick_sets: Values = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        """A plan that could not be analysed is refused before anything runs."""
        if next(iter(self.arms), "") != "recipe":
            raise ValueError(f"{self.recipe}: the first arm must be called 'recipe'")
        strangers = {side.arm for c in self.claims for side in (c.more, c.less)} - self.arms.keys()
        if strangers:
            raise ValueError(f"{self.recipe}: claims speak of arms there are not: {', '.join(sorted(strangers))}")

    def runs(self, seeds: int | None = None) -> list[tuple[int, str]]:
        """Seed and arm of every run, or of those of the first seeds, seed by seed: stopped early, arms still pair.

        Raises: ValueError for more seeds than there are.
        """
        if seeds is not None and not 1 <= seeds <= len(self.seeds):
            raise ValueError(f"{self.recipe} has {len(self.seeds)} seeds; give --seeds 1 to {len(self.seeds)}")
        asked = self.seeds[:seeds]
        return [(seed, name) for seed in asked for name, arm in self.arms.items() if seed in self.seeds_of(arm)]

    def seeds_of(self, arm: Arm) -> tuple[int, ...]:
        """The seeds of an arm, none that the plan has not."""
        return self.seeds if arm.seeds is None else tuple(seed for seed in self.seeds if seed in arm.seeds)

    def on(self, learner: str) -> Plan:
        """The same plan on another learner; beds are then made from that."""
        beds = {name: over(bed, start=learner) for name, bed in self.beds.items()}
        return replace(self, learner=self.learner if self.learner.startswith("{") else learner, beds=beds)

    def trial(self) -> Plan:
        """The plan with numbers so small that it says nothing and takes seconds."""
        arms = {name: replace(arm, rounds=arm.rounds and 1, seeds=None) for name, arm in self.arms.items()}
        exam = replace(self.exam, items=3, selection=2, glances=2, protected=2, clean=min(self.exam.clean, 2))
        return replace(
            self,
            arms=arms,
            exam=exam,
            beds={name: over(bed, steps=2) for name, bed in self.beds.items()},
            options={**self.options, **self.quick},
            sets={**self.sets, **self.quick_sets},
            rounds=self.rounds and 1,
            tasks=4,
            samples=2,
            seeds=(PILOT,),
            stop="A trial.",
        )
