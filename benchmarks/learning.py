"""Does the pupil learn from its own verified samples, and from nothing less? ``make learning``.

Arms on game24, the same base and the same number of updates in every round of every arm:
recipe (rest_em as it ships), control (own samples replaced by synthetic ones), verifier (no filter),
pairing (own verified traces dealt out to other puzzles). Items, arms, seeds and the analysis are
fixed here before any run; settings were chosen on practice and selection puzzles with other seeds.
Every run goes on where it stopped. Writes benchmarks/results/learning.json and docs/learning.md.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean, stdev

import lamarck
from lamarck.core import Score, Scorecard
from lamarck.trust.gate import paired

ROOT = Path(__file__).parent
METRICS = ("greedy", "pass@1", "pass@16")
OPTIONS = {"accumulate": True, "temperature": 1.0}
"""What ``make demo`` asks for beside the paper's values: data of all rounds, sampled at temperature 1."""
T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
"""Student's t by degrees of freedom, for two-sided 95 % intervals."""


@dataclass(frozen=True)
class Arm:
    """One way to run the recipe, and how often."""

    name: str
    ablate: tuple[str, ...]
    seeds: tuple[int, ...]
    rounds: int


ARMS = (
    Arm("recipe", (), (0, 1, 2, 3, 4), 5),
    Arm("control", ("own_samples",), (0, 1, 2, 3, 4), 5),
    Arm("verifier", ("verifier",), (0, 1), 3),
    Arm("pairing", ("pairing",), (0, 1), 3),
)


@dataclass(frozen=True)
class Gain:
    """Mean over seeds of a paired difference, in points, with Student's 95 % interval over seeds."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Points."""
        return fmean(self.values)

    @property
    def half(self) -> float:
        """Half the interval's width; infinite for one seed."""
        n = len(self.values)
        return T_975[n - 1] * stdev(self.values) / math.sqrt(n) if n > 1 else math.inf

    def __str__(self) -> str:
        return f"{self.mean:+.1f} [{self.mean - self.half:+.1f}, {self.mean + self.half:+.1f}]"


def one(arm: Arm, seed: int, folder: Path) -> None:
    """One run in this process, on one worker; the gate only records, so arms make equal updates."""
    lamarck.run(
        "rest_em",
        learner="pupil",
        environment="game24",
        rounds=arm.rounds,
        **OPTIONS,
        seed=seed,
        gate="off",
        ablate=arm.ablate,
        workers=1,
        out=folder / f"{arm.name}-{seed}",
    )


def everything(folder: Path, jobs: int) -> None:
    """All runs, ``jobs`` at a time, seed by seed so that early stops still pair arms."""
    todo = sorted((seed, arm.name) for arm in ARMS for seed in arm.seeds)
    running: list[subprocess.Popen[bytes]] = []
    for seed, name in todo:
        command = [sys.executable, __file__, "--one", name, str(seed), "--folder", str(folder)]
        running.append(subprocess.Popen(command))
        print(f"{name} seed {seed} started", flush=True)
        while len(running) >= jobs:
            finished = next((p for p in running if _ended(p)), None)
            if finished:
                running.remove(finished)
    for process in running:
        process.wait()


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        return process.wait(timeout=1) is not None
    except subprocess.TimeoutExpired:
        return False


def sealed(folder: Path, arm: str, seed: int) -> tuple[Scorecard, Scorecard] | None:
    """Base and champion of a finished run on the sealed puzzles."""
    path = folder / f"{arm}-{seed}"
    cards = lamarck.Run(path).reader.sealed() if (path / "sealed.json").exists() else None
    return (cards[0], cards[-1]) if cards else None


def points(score: Score, rival: Score, metric: str) -> float:
    """Mean paired difference in points."""
    return 100 * float(paired(score, rival, metric).mean())


def analyse(folder: Path) -> dict[str, object]:
    """Every figure the page prints, from what is finished."""
    cards = {(a.name, s): c for a in ARMS for s in a.seeds if (c := sealed(folder, a.name, s))}
    result: dict[str, object] = {"version": lamarck.__version__, "finished": [list(key) for key in cards]}
    for arm, keys in groupby(cards, key=lambda key: key[0]):
        seeds = [seed for _, seed in keys]
        result[arm] = {
            "seeds": seeds,
            "base": {m: [cards[arm, s][0].target.estimate(m).value for s in seeds] for m in METRICS},
            "champion": {m: [cards[arm, s][1].target.estimate(m).value for s in seeds] for m in METRICS},
            "gain": {m: [points(cards[arm, s][1].target, cards[arm, s][0].target, m) for s in seeds] for m in METRICS},
            "published": {m: [_published(cards[arm, s][1], m) for s in seeds] for m in METRICS},
            "protected": [points(cards[arm, s][1].scores[1], cards[arm, s][0].scores[1], "greedy") for s in seeds],
        }
        both = [s for s in seeds if ("control", s) in cards]
        if arm == "recipe" and both:
            result["over control"] = {
                m: [points(cards["recipe", s][1].target, cards["control", s][1].target, m) for s in both]
                for m in METRICS
            }
    return result


def _published(card: Scorecard, metric: str) -> float:
    """Mean over the 100 puzzles of the Tree of Thoughts paper, the first hundred of the sealed split."""
    return fmean(card.target.metrics[metric][:100])


def page(result: Mapping[str, object]) -> str:
    """docs/learning.md."""
    lines = [
        "# Does it learn from itself?",
        "",
        "ReST-EM on the Game of 24 with the shipped pupil, scored once on the 350 sealed puzzles (16 samples and one",
        "greedy trace each). `make learning` repeats it; `benchmarks/learning.py` says what was fixed before the runs.",
        "Means over seeds; brackets are Student's 95 % intervals over per-seed paired differences, in points.",
        "",
        "| arm | seeds | rounds | greedy | pass@1 | pass@16 | gain over base: greedy | pass@1 | pass@16 | countdown, 3 numbers |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for arm in ARMS:
        row = result.get(arm.name)
        if not isinstance(row, dict):
            continue
        means = [f"{fmean(row['champion'][m]):.3f}" for m in METRICS]
        gains = [str(Gain(tuple(row["gain"][m]))) for m in METRICS]
        cells = [arm.name, str(len(row["seeds"])), str(arm.rounds), *means, *gains, str(Gain(tuple(row["protected"])))]
        lines.append(f"| {' | '.join(cells)} |")
    over = result.get("over control")
    if isinstance(over, dict):
        lines += ["", "| recipe over control, same seed | per seed | mean |", "|---|---|---|"]
        for metric in METRICS:
            values: Sequence[float] = over[metric]
            lines.append(f"| {metric} | {', '.join(f'{v:+.1f}' for v in values)} | {Gain(tuple(values))} |")
    recipe = result.get("recipe")
    if isinstance(recipe, dict):
        told = ", ".join(f"{m} {fmean(recipe['published'][m]):.2f}" for m in METRICS)
        start = ", ".join(f"{m} {fmean(recipe['base'][m]):.3f}" for m in METRICS)
        lines += ["", f"Base: {start}. On the 100 published puzzles the champions reach {told}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is missing, then write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, metavar=("ARM", "SEED"))
    parser.add_argument("--folder", type=Path, default=Path("runs/learning"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--analyse", action="store_true", help="only write the figures of what is finished")
    asked = parser.parse_args()
    if asked.one:
        one(next(arm for arm in ARMS if arm.name == asked.one[0]), int(asked.one[1]), asked.folder)
        return
    if not asked.analyse:
        everything(asked.folder, asked.jobs)
    result = analyse(asked.folder)
    (ROOT / "results").mkdir(exist_ok=True)
    (ROOT / "results" / "learning.json").write_text(json.dumps(result, indent=1) + "\n")
    text = page(result)
    (ROOT.parent / "docs" / "learning.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
