"""A plan on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lamarck.api.planning import Amount, Plan
from lamarck.api.question import Listener
from lamarck.report import inert
from lamarck.report.words import lasting


def told(make: Callable[[Listener], Plan], _folder: Path, *, as_json: bool) -> None:
    """Make a plan and print it: a row a model and kind of call, then the sums."""
    console = Console(highlight=False, stderr=True)
    with console.status("walking the cycle without asking anybody ..."):
        plan = make(lambda _event: None)
    if as_json:
        print(json.dumps(asdict(plan), indent=1))
        return
    out = Console(highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("model", "prompt", "calls", "tokens read", "written", "USD", "time"):
        table.add_column(heading, justify="left" if heading in ("model", "prompt") else "right")
    for line in (*plan.lines, plan.total):
        cells = (inert(line.model, 60), inert(line.prompt, 40), *map(_number, (line.calls, line.read, line.written)))
        table.add_row(*map(Text, (*cells, _money(line.usd), _time(line.seconds))), style="bold" * (line is plan.total))
    out.print(table)
    for note in plan.notes:
        out.print(note, markup=False, soft_wrap=True)


def _number(amount: Amount) -> str:
    return _span(amount, lambda value: f"{value:,.0f}")


def _money(amount: Amount | None) -> str:
    return "unknown" if amount is None else _span(amount, lambda value: f"{value:,.2f}")


def _time(amount: Amount | None) -> str:
    return "unknown" if amount is None else _span(amount, lasting)


def _span(amount: Amount, said: Callable[[float], str]) -> str:
    low, value, high = map(said, (amount.low, amount.value, amount.high))
    return value if low == high else f"{value} ({low} to {high})"
