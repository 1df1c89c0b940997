"""What the gate promises, measured on simulated runs through its own `decide`.

    python benchmarks/gate_promises.py

Learners of known ability (`lamarck.testing.simulated` states the model), 20 rounds, 5 abilities of which 4 are
protected, the gate's defaults, looks of 1,000 items. Writes benchmarks/results/gate_promises.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

import numpy as np

from lamarck.core import Gate, Verdict, interval
from lamarck.testing.simulated import Effects, SimulatedHearing, play
from lamarck.trust import Guard, Strict

RESULTS = Path(__file__).parent / "results" / "gate_promises.json"
TARGET, PROTECTED = "target", "protected 1"
ROUNDS, ABILITIES = 20, 5
DISCORDANCES = (0.1, 0.2)
ENOUGH = 6
"""Points that twenty candidates of one point less each may cost in all."""
Make = Callable[[int, Effects], Effects]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How the runs are made."""

    gate: Gate
    runs: int
    rounds: int = ROUNDS
    abilities: int = ABILITIES
    discordance: float = 0.2
    look: int = 1000
    """Items an ability in every look."""

    def played(self, make: Make) -> Iterator[tuple[list[Verdict], SimulatedHearing]]:
        """Run by run its verdicts, and the hearing that knows every learner's effects."""
        names = [TARGET, *(f"protected {n}" for n in range(1, self.abilities))]
        for seed in range(self.runs):
            hearing = SimulatedHearing(
                rng=np.random.default_rng(seed),
                abilities=names,
                discordance=self.discordance,
                first=self.look,
                further=self.look,
            )
            yield play(self.gate, hearing, self.rounds, make), hearing


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How often something happened, with the simulation's own 95 % interval (Wilson)."""

    value: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, found: Sequence[bool]) -> Rate:
        share = interval([float(one) for one in found])
        return cls(value=share.value, low=share.low, high=share.high, runs=len(found))


def rolled_back(setting: Setting) -> Rate:
    """Runs of equal candidates with any roll-back or withdrawal."""
    runs = (run for run, _ in setting.played(lambda _round, _champion: {}))
    return Rate.of([any(one.decision == "rolled back" or one.withdrawn for one in run) for run in runs])


def promoted(setting: Setting) -> Rate:
    """Runs of equal candidates with any promotion."""
    runs = (run for run, _ in setting.played(lambda _round, _champion: {}))
    return Rate.of([any(one.decision == "promoted" for one in run) for run in runs])


def caught(setting: Setting, loss: float) -> Rate:
    """Runs whose first candidate, so much worse on a protected ability, is rolled back by the first verdict."""
    runs = setting.played(lambda _round, _champion: {PROTECTED: -loss})
    return Rate.of([run[0].decision == "rolled back" for run, _ in runs])


def costs(setting: Setting, ability: str) -> list[float]:
    """Points that each run's last champion is below the base, where every candidate is a point below its champion."""
    runs = setting.played(lambda _round, champion: {ability: champion.get(ability, 0.0) - 0.01})
    return [-100 * hearing.effects[run[-1].champion].get(ability, 0.0) for run, hearing in runs]


def within(found: Sequence[float]) -> Rate:
    """Runs that cost no more than is allowed."""
    return Rate.of([cost <= ENOUGH + 1e-9 for cost in found])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    runs: int = parser.parse_args().runs
    guard, strict = Guard(rounds=ROUNDS), Strict(rounds=ROUNDS)
    found: dict[str, dict[str, float]] = {}

    def tell(name: str, rate: Rate, **more: float) -> None:
        found[name] = {**asdict(rate), **more}
        said = "".join(f", {key.replace('_', ' ')} {value:.2f}" for key, value in more.items())
        print(f"{name}: {rate.value:.3f} ({rate.low:.3f} to {rate.high:.3f}) of {rate.runs:,} runs{said}", flush=True)

    for q in DISCORDANCES:
        one = Setting(gate=guard, runs=runs, rounds=1, discordance=q)
        whole = Setting(gate=guard, runs=runs, discordance=q)
        # one verdict at the level of a run of twenty
        tell(f"8 points lost on a protected ability, rolled back by guard, discordance {q}", caught(one, 0.08))
        tell(f"equal candidates, anything rolled back by guard, discordance {q}", rolled_back(whole))
        for ability in (TARGET, PROTECTED):
            cost = costs(whole, ability)
            name = f"twenty times a point less on {ability}, at most {ENOUGH} in all, discordance {q}"
            tell(name, within(cost), mean_cost=fmean(cost), highest_cost=max(cost))
        equal = Setting(gate=strict, runs=runs, discordance=q)
        tell(f"equal candidates, anything promoted by strict, discordance {q}", promoted(equal))
    RESULTS.write_text(json.dumps({"rounds": ROUNDS, "abilities": ABILITIES, "alpha": 0.05, **found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
