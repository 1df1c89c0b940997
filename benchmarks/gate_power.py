"""What the gate can see: power by effect, items and discordance, and how many items a decision takes.

    python benchmarks/gate_power.py

Outcomes are right or wrong; a learner and its rival disagree on a share of the items (the discordance), and the
learner is right on `effect` fewer. 2,000 simulated comparisons a cell, looked at after every 100 items. Prints the
tables, writes benchmarks/results/gate_power.json and, with what `gate_promises.py` left, the figures in docs/gate.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamarck.trust import Guard
from lamarck.trust.betting import log_capital
from lamarck.trust.comparing import Levels

HERE = Path(__file__).parent
RESULTS, PROMISES = HERE / "results" / "gate_power.json", HERE / "results" / "gate_promises.json"
PAGE = HERE.parent / "docs" / "gate.md"
EFFECTS = tuple(range(11))
"""Points that the learner is worse; 0 is equal."""
ITEMS = (200, 500, 1000, 2000, 4000)
DISCORDANCES = (0.1, 0.2, 0.3)
RUNS = {"20 rounds, 5 abilities": (Guard(rounds=20), 5), "5 rounds, 3 abilities": (Guard(rounds=5), 3)}
EVERY, COMPARISONS = 100, 2000
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One effect at one discordance, in one kind of run."""

    run: str
    effect: int
    discordance: float
    worse: Mapping[int, float]
    """Items -> share of comparisons that said "worse" within so many."""
    safe: float
    """Share that said "safe" or "better" within the cap, and not "worse" before."""
    items: float
    """Mean items until the comparison said anything, or had as many as the cap."""


def capitals(effect: float, discordance: float, margin: float, seed: int) -> tuple[Floats, Floats]:
    """Log capital against "not worse" and against "worse than the margin", [comparisons][looks]."""
    chances = [(discordance + effect) / 2, 1 - discordance, (discordance - effect) / 2]
    looks = max(ITEMS) // EVERY
    counts = np.random.default_rng(seed).multinomial(EVERY, chances, size=(COMPARISONS, looks)).cumsum(axis=1)
    values = np.array([-1.0, 0.0, 1.0])
    return log_capital(-values, counts.astype(float), 0.0), log_capital(values, counts.astype(float), -margin)


def first(capital: Floats, level: float) -> NDArray[np.int64]:
    """Items at the first look that rejects, more than there are where none does, [comparisons]."""
    rejected = capital >= -math.log(level)
    return np.where(rejected.any(axis=1), (rejected.argmax(axis=1) + 1) * EVERY, max(ITEMS) + EVERY)


def cells(effect: int, discordance: float) -> list[Cell]:
    """The same simulated comparisons read at the levels of each kind of run."""
    found = list[Cell]()
    for name, (gate, abilities) in RUNS.items():
        levels: Levels = gate.levels(abilities)
        down, up = capitals(effect / 100, discordance, gate.margin, seed=effect)
        worse, safe = first(down, levels.worse), first(up, levels.shown)
        spent = np.minimum(np.minimum(worse, safe), gate.cap)
        found.append(
            Cell(
                run=name,
                effect=effect,
                discordance=discordance,
                worse={n: float((worse <= n).mean()) for n in ITEMS},
                safe=float(((safe <= gate.cap) & (safe < worse)).mean()),
                items=float(spent.mean()),
            )
        )
    return found


def power(found: Sequence[Cell], run: str) -> list[str]:
    """The chance of "worse" in percent: a row an effect, a column a number of items, discordances side by side."""
    head = " | ".join(f"{n:,}" for _ in DISCORDANCES for n in ITEMS)
    above = " | ".join(f"{f'discordance {q}' if i == 0 else ''}" for q in DISCORDANCES for i, _ in enumerate(ITEMS))
    lines = [
        f"| points worse | {above} |",
        "|---|" + "---|" * (len(ITEMS) * len(DISCORDANCES)),
        f"| *items* | {head} |",
    ]
    for effect in EFFECTS:
        row = [
            cell
            for q in DISCORDANCES
            for cell in found
            if (cell.run, cell.effect, cell.discordance) == (run, effect, q)
        ]
        lines.append(f"| {effect} | " + " | ".join(f"{100 * cell.worse[n]:.0f}" for cell in row for n in ITEMS) + " |")
    return lines


def effort(found: Sequence[Cell], run: str) -> list[str]:
    """Mean items until a decision or the cap, and how often that was "worse", "safe" or nothing."""
    head = " | ".join(f"items, q = {q} | worse / safe / open" for q in DISCORDANCES)
    lines = [f"| points worse | {head} |", "|---|" + "---|---|" * len(DISCORDANCES)]
    for effect in EFFECTS:
        row = [
            cell
            for q in DISCORDANCES
            for cell in found
            if (cell.run, cell.effect, cell.discordance) == (run, effect, q)
        ]
        lines.append(f"| {effect} | " + " | ".join(f"{cell.items:,.0f} | {ends(cell)}" for cell in row) + " |")
    return lines


def ends(cell: Cell) -> str:
    """The three ends at the cap in percent."""
    worse, safe = cell.worse[Guard().cap], cell.safe
    return f"{100 * worse:.0f} / {100 * safe:.0f} / {100 * max(0.0, 1 - worse - safe):.0f}"


def promises() -> list[str]:
    """What `gate_promises.py` measured, a line a promise."""
    if not PROMISES.exists():
        return ["Not measured yet: `python benchmarks/gate_promises.py`."]
    measured: dict[str, Any] = json.loads(PROMISES.read_text())
    lines = ["| what happened | share of runs | 95 % interval | runs |", "|---|---|---|---|"]
    for name, rate in measured.items():
        if isinstance(rate, dict):
            cost = (
                f"; mean cost {rate['mean_cost']:.1f}, highest {rate['highest_cost']:.0f}"
                if "mean_cost" in rate
                else ""
            )
            lines.append(
                f"| {name}{cost} | {rate['value']:.3f} | {rate['low']:.3f} to {rate['high']:.3f} | {rate['runs']:,} |"
            )
    return lines


def placed(text: str, name: str, lines: Sequence[str]) -> str:
    """The page with the lines between the marks of this name."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return "\n".join([f"{before}{begin}", *lines, f"{end}{after}"])


def main() -> None:
    found = [cell for q in DISCORDANCES for effect in EFFECTS for cell in cells(effect, q)]
    long, short = RUNS
    parts = {
        "promises": promises(),
        "power": power(found, long),
        "power of a short run": power(found, short),
        "effort": effort(found, long),
    }
    text = PAGE.read_text()
    for name, lines in parts.items():
        print(f"\n{name}\n", *lines, sep="\n")
        text = placed(text, name, lines)
    PAGE.write_text(text)
    RESULTS.write_text(json.dumps([asdict(cell) for cell in found], indent=1) + "\n")


if __name__ == "__main__":
    main()
