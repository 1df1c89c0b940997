"""`lamarck show`: the resolved cycle of a recipe, drawn slot by slot."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from inspect import get_annotations
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lamarck.cli.flags import Given, build
from lamarck.core import Cycle, Recipe, check, describe, is_protocol, many, put, stages
from lamarck.data import typed

SLOTS = ("tasks", "solutions", "feedback", "refinement", "updating", "evaluation", "next")
"""Fields of a cycle that hold operators, in the order they run."""

SCOPES = {"each": "one by one", "task": "a task at a time", "stream": "a stream at a time", "all": "all at once"}
"""What an operator is called with, in words."""


@dataclass(frozen=True, kw_only=True)
class Flags:
    """How a recipe is shown."""

    recipe: Annotated[str | None, typer.Argument(help="A recipe's name, or your own FILE.py.")] = None
    sets: Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a field.")] = None
    ablate: Annotated[list[str] | None, typer.Option(help="Switch a mechanism off, by name.")] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print the resolved cycle as data.")] = False


def command(*, flags: Flags, given: Given) -> None:
    """Draw the resolved cycle: each slot, its operators with their fields, what they read and write."""
    method = build(given, given.options, flags.ablate or ())
    for path, value in typed.settings(method, flags.sets or ()).items():
        method = put(path, value)(method)
    check(given.known.name, method, given.known.labels)
    if flags.as_json:
        print(json.dumps(describe(method), indent=1))
        return
    console = Console(highlight=False)
    console.print(_heading(given.known))
    cycles = stages(method)
    for number, cycle in enumerate(cycles):
        title = f"stage {number}{f': {cycle.name}' if cycle.name else ''}" if len(cycles) > 1 else "the cycle"
        console.print(Panel(_drawn(cycle), title=title, title_align="left", expand=False))
    if given.known.ablations:
        console.print(Text(f"can be switched off with --ablate: {', '.join(given.known.ablations)}"))


def _heading(recipe: Recipe) -> Text:
    lines = [(recipe.title, "bold"), (f"{recipe.name}  {recipe.paper}  {recipe.place}".rstrip(), "dim")]
    given = ", ".join(f"{name}={default}" for name, (_, default) in recipe.options.items())
    labels = {"none": "no label is read", "check": "labels are for the verifier alone", "train": "labels are read"}
    lines += [(f"options: {given}", ""), (f"labels: {labels[recipe.labels]}", "")]
    return Text("\n").join(Text(line, style) for line, style in lines)


def _drawn(cycle: Cycle) -> Group:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    goal = cycle.objective
    table.add_row("objective", f"{goal.ability}: {goal.goal} {goal.metric} (direction: {goal.direction})")
    for slot in SLOTS:
        for i, operator in enumerate(many(getattr(cycle, slot))):
            if operator is not None:
                table.add_row("" if i else slot, _operator(operator))
    gate = "a candidate must pass the gate" if cycle.gated else "no gate: the candidate is the champion"
    whose = f" of the {cycle.updates}" if cycle.updates != "learner" else ""
    begins = f", begun from the {cycle.begin_from}" if cycle.begin_from else ""
    transductive = "; learns on the tasks it meets (transductive)" if cycle.transductive else ""
    if is_protocol(cycle):
        return Group(table, Text("\na protocol: it measures, and changes nothing", style="dim"))
    ends = f", or {cycle.patience} without a promotion" if cycle.patience else ""
    return Group(table, Text(f"\n{cycle.rounds} rounds{ends}{whose}{begins}; {gate}{transductive}", style="dim"))


def _operator(operator: Any) -> Text:
    own = [f"{field.name}={_short(getattr(operator, field.name))}" for field in _fields(operator)]
    text = Text(type(operator).__name__, style="bold").append(f"({', '.join(own)})", style="not bold")
    moves = [f"{verb} {_listed(names)}" for verb, names in _flow(operator) if names]
    if scope := getattr(operator, "scope", ""):
        moves.append(
            {"each": "one by one", "task": "a task at a time", "stream": "a stream at a time"}.get(scope, "all")
        )
    return text.append(f"\n  {'; '.join(moves)}" if moves else "", style="dim not bold")


def _flow(operator: Any) -> Iterator[tuple[str, Iterable[str]]]:
    yield "reads", getattr(operator, "reads", ())
    yield "writes", getattr(operator, "writes", ())


def _fields(operator: Any) -> Sequence[Any]:
    """What is its own first, then what all of its kind have."""
    if not is_dataclass(operator):
        return ()
    own = get_annotations(type(operator))
    return sorted(fields(operator), key=lambda field: field.name not in own)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _short(value: Any) -> str:
    data = describe(value)
    return data if isinstance(data, str) and callable(value) else json.dumps(data)
