"""`lamarck eval`: how good a learner is; nothing is trained."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lamarck import api
from lamarck.api.scoring import is_harness
from lamarck.cli import endpoints, servers
from lamarck.cli.flags import Given
from lamarck.cli.run import pairs, parts
from lamarck.cli.running import card
from lamarck.core import Scorecard, UsageError
from lamarck.report import inert
from lamarck.report.history import estimate
from lamarck.report.words import percent, within


@dataclass(frozen=True, kw_only=True)
class Flags:
    """How a learner is scored."""

    environment: Annotated[str | None, typer.Option(help="Where it is scored: a name, or your own FILE.py.")] = None
    learner: Annotated[str, typer.Option("--learner", "--model", help="A model, provider/name, or RUN:champion.")] = (
        "pupil"
    )
    tasks: Annotated[
        str | None, typer.Option(metavar="FILE|DATASET", help="Tasks of your own, in place of an environment.")
    ] = None
    check: Annotated[
        str, typer.Option(metavar="NAME|pkg.fn", help="exact, numeric, choice, regex, code or a function.")
    ] = ""
    columns: Annotated[
        list[str] | None, typer.Option(metavar="PART=COLUMN", help="Names of columns: question=q,answer=a.")
    ] = None
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows that cannot be used.")] = False
    split: Annotated[str, typer.Option(help="practice, selection or sealed.")] = "selection"
    samples: Annotated[
        int | None, typer.Option(min=0, help="Answers a task beside the greedy one. (16, or the protocol's)")
    ] = None
    n: Annotated[int | None, typer.Option(min=1, help="Only the first so many tasks.")] = None
    protocol: Annotated[
        str | None, typer.Option(metavar="RECIPE", help="How it is scored: llm_judge, or any recipe's evaluation.")
    ] = None
    ablate: Annotated[list[str] | None, typer.Option(help="Switch a mechanism of the protocol off.")] = None
    role: Annotated[
        list[str] | None, typer.Option(metavar="ROLE=MODEL", help="Who plays a role: origin=provider/model.")
    ] = None
    judge: Annotated[str | None, typer.Option(help="Who judges: short for --role judge=MODEL.")] = None
    seed: Annotated[int, typer.Option(help="Everything random follows from it.")] = 0
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes. (cores)")] = None
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Where openai/... models are.")] = None
    key_env: Annotated[list[str] | None, typer.Option(metavar="[HOST=]NAME", help="Variable with the key.")] = None
    endpoint: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="How endpoints are called.")] = None
    vllm_python: Annotated[str | None, typer.Option(metavar="PATH", help="Where vllm/... servers start.")] = None
    vllm: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="How they run.")] = None
    unsafe_sandbox: Annotated[
        bool, typer.Option("--unsafe-sandbox", help="Run programs of models even where nothing isolates them.")
    ] = False
    again: Annotated[
        bool, typer.Option("--again", help="Look at a run's sealed items once more; its report tells.")
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print the scorecard as data.")] = False

    def asked(self) -> dict[str, Any]:
        """The same as arguments of :func:`lamarck.evaluate`. Raises: UsageError for a text without "="."""
        same = ("split", "samples", "n", "seed", "workers", "unsafe_sandbox", "again", "check", "skip_bad")
        endpoint = endpoints.said(self.base_url, None, self.key_env, self.endpoint, {})
        return {
            **{name: getattr(self, name) for name in same},
            "tasks": self.tasks or "",
            "columns": pairs("--columns", parts(self.columns or ())),
            "ablate": self.ablate or (),
            "roles": {**pairs("--role", self.role or ()), **({"judge": self.judge} if self.judge else {})},
            "providers": servers.said(self.vllm_python, self.vllm, endpoint),
        }


def command(*, flags: Flags, given: Given) -> None:
    """Score a learner: greedy, pass@1, pass@k with intervals, and the protected abilities, or by a protocol."""
    protocol, world = given.word or flags.protocol or "", flags.environment or flags.tasks or ""
    if not world and not is_harness(protocol):
        raise UsageError("which environment? type: --environment game24, or: lamarck environments")
    console, reports = Console(highlight=False, stderr=True), list[Mapping[str, Any]]()
    with console.status(f"{inert(flags.learner, 80)} answers {inert(world, 80)}, {inert(flags.split, 20)} ..."):
        found = api.evaluate(
            flags.learner,
            flags.environment or "",
            protocol=protocol,
            listener=reports.append,
            **flags.asked(),
            **given.options,
        )
    if flags.as_json:
        print(json.dumps({**card(found), "reports": _told(reports)}, indent=1))
        return
    out = Console(highlight=False)
    out.print(_table(found))
    for kind, said in _told(reports):
        out.print(Text(f"{kind}: {', '.join(f'{name} {inert(str(value), 200)}' for name, value in said.items())}"))


def _told(reports: Sequence[Mapping[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """What the evaluation reported beside its scores, each kind and its data; prints as JSON."""
    plain: list[dict[str, Any]] = json.loads(json.dumps(reports, default=str))
    return [(str(one.pop("kind")), one) for one in plain if one["kind"] != "progress"]


def _table(scorecard: Scorecard) -> Table:
    """A row an ability and metric."""
    made = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("ability", "metric", "mean", "95 % interval", "items"):
        made.add_column(heading, justify="left" if heading in ("ability", "metric") else "right")
    for score in scorecard.scores:
        for name in score.metrics:
            if found := estimate(score, name):
                ability = score.node or f"{score.ability}{' (protected)' if score.protected else ''}"
                cells = (inert(ability, 80), name, percent(found.value), within(found), f"{found.items:,}")
                made.add_row(*map(Text, cells))
    return made
