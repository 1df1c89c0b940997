"""What a run is doing now: a line that moves in a terminal, a line a step where there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.live import Live as Moving
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lamarck.core import LamarckError, Scorecard, Verdict
from lamarck.report import inert
from lamarck.report.history import estimate
from lamarck.report.lineage import STYLES
from lamarck.report.words import count, lasting, percent, within
from lamarck.store import RunReader

EVERY_S = 10.0
"""Between two progress lines where no terminal is."""
LEFT = ("short", "duplicates", "empty", "not read", "bad")
"""What an account of documents says was left out."""
PHASES = {
    "tasks": "choosing tasks",
    "feedback": "solving and checking",
    "refinement": "refining",
    "updating": "training",
    "evaluation": "evaluating",
    "sealed": "scoring base and champion on the sealed tasks",
}
"""The phases in words."""


@dataclass(kw_only=True)
class Now:
    """Where the run is."""

    stage: int = 0
    round: int = 0
    phase: str = ""
    since: float = field(default_factory=time.monotonic)
    progress: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Live:
    """Tells the events of a run as they come; a listener, safe to call from any thread."""

    def __init__(self, path: Path, console: Console) -> None:
        self._path, self._console = path, console
        self._lock = threading.RLock()
        self._now = Now()
        self._start = self._said = time.monotonic()
        self._rounds: list[int] = []
        self._tellers = {
            "started": self._begun,
            "resumed": self._begun,
            "committed": self._committed,
            "phase": self._phase,
            "progress": self._progress,
            "trained": self._trained,
            "empty": self._empty,
            "documents": self._documents,
            "lacking": self._lacking,
            "left out": self._left_out,
            "objective": self._objective,
        }
        moving = console.is_terminal and not console.is_dumb_terminal
        self._moving = Moving(self, console=console, refresh_per_second=4, transient=True) if moving else None
        self._over = threading.Event()

    def __enter__(self) -> Live:
        if self._moving:
            self._moving.start()
        else:
            threading.Thread(target=self._beat, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._moving:
            self._moving.stop()

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take one event in."""
        with self._lock:
            kind = str(event.get("kind", ""))
            if kind in self._tellers:
                self._tellers[kind](event)

    def __rich__(self) -> Table:
        """The line that moves."""
        with self._lock:
            now, row = self._now, Table.grid(padding=(0, 2))
        cells: list[Text | ProgressBar] = [Text(self._where(), "bold"), Text(PHASES.get(now.phase, now.phase))]
        if total := int(now.progress.get("total") or 0):
            cells.append(ProgressBar(total=total, completed=int(now.progress.get("done") or 0), width=24))
        cells.append(Text(self._amounts()))
        cells.append(Text(lasting(time.monotonic() - self._start), "dim"))
        row.add_row(*cells)
        return row

    # --- one method a kind of event ---

    def _begun(self, event: Mapping[str, Any]) -> None:
        info = cast("Mapping[str, Any]", event.get("info") or {})
        self._rounds = _rounds(info.get("resolved"))
        goes_on = ", going on from what is committed" if event.get("kind") == "resumed" else ""
        self._say(f"run folder: {self._path}{goes_on}")

    def _committed(self, event: Mapping[str, Any]) -> None:
        """Say the scores or the verdict that the run folder now holds."""
        stage, number, name = int(event["stage"]), int(event["round"]), event["name"]
        if name not in ("evaluation", "verdict"):
            return
        try:
            views = [view for view in RunReader(self._path).rounds() if (view.stage, view.round) == (stage, number)]
            for view in views:
                if name == "evaluation" and view.scorecards:
                    self._say(f"{self._name(stage, number)}: {scores(view.scorecards[0])}", "bold")
                elif name == "verdict" and view.verdict:
                    style = STYLES.get(view.verdict.decision, "")
                    self._say(f"{self._name(stage, number)}: {ruling(view.verdict)}", style)
        except (LamarckError, OSError):
            return  # damaged: the command that made this says so itself

    def _phase(self, event: Mapping[str, Any]) -> None:
        self._now = Now(stage=int(event["stage"]), round=int(event["round"]), phase=str(event["name"]))
        if not self._moving:
            self._say(f"{self._where()}: {PHASES.get(self._now.phase, self._now.phase)}")

    def _progress(self, event: Mapping[str, Any]) -> None:
        self._now.progress = event

    def _beat(self) -> None:
        """Where no terminal is: a line every ten seconds, also from a phase that tells no progress."""
        while not self._over.wait(1.0):
            with self._lock:
                if time.monotonic() - self._said < EVERY_S:
                    continue
                now, took = self._now, lasting(time.monotonic() - self._now.since)
                if now.phase and not self._over.is_set():
                    amounts = self._amounts()
                    self._say(
                        f"{self._where()}: {PHASES.get(now.phase, now.phase)}, {f'{amounts}, ' * bool(amounts)}{took}"
                    )

    def _trained(self, event: Mapping[str, Any]) -> None:
        losses = [f"{float(loss):.3f}" for key in ("first", "last") for loss in event.get(key, ())]
        told = f", loss {' to '.join(losses)}" if losses else ""
        took = lasting(float(event.get("seconds", 0.0)))
        self._say(f"{self._where()}: trained on {count(int(event['rows']), 'row')} in {took}{told}")

    def _documents(self, event: Mapping[str, Any]) -> None:
        told = " of ".join(count(int(event.get(f"{one}s", 0)), one) for one in ("passage", "document"))
        left = [f"{kind} {int(event[kind]):,}" for kind in LEFT if event.get(kind)]
        names = cast("Mapping[str, Sequence[str]]", event.get("names") or {})
        named = [f"{kind}: {', '.join(inert(name, 80) for name in some)}" for kind, some in names.items()]
        self._say("; ".join([told, *(["left out: " + ", ".join(left)] if left else []), *named]))

    def _lacking(self, event: Mapping[str, Any]) -> None:
        reasons = cast("Mapping[str, int]", event.get("reasons") or {})
        why = ", ".join(f"{inert(reason, 120)} {number:,}" for reason, number in reasons.items())
        made, wanted, asked = (int(event.get(name, 0)) for name in ("made", "wanted", "asked"))
        told = f"{made:,} of {wanted:,} tasks after {count(asked, 'reply', 'replies')} ({why}); goes on with these"
        self._say(f"{self._where()}: {told}", "yellow")

    def _left_out(self, event: Mapping[str, Any]) -> None:
        left = count(int(event.get("stages", 0)), "stage")
        self._say(f"left out, as nobody is trained: the last {left}; {inert(str(event.get('reason')), 400)}", "yellow")

    def _empty(self, event: Mapping[str, Any]) -> None:
        reasons = cast("Mapping[str, int]", event.get("reasons") or {})
        why = ", ".join(f"{inert(reason, 120)} {number:,}" for reason, number in reasons.items())
        came = count(int(event.get("into", 0)), "experience")
        phase = inert(str(event.get("phase", "refinement")), 20)
        told = f"{phase} kept none of {came} ({why or 'no reason given'}); the round ends without an update"
        self._say(f"{self._where()}: {told}", "yellow")

    def _objective(self, event: Mapping[str, Any]) -> None:
        if event.get("reason") not in (None, "", "fixed"):
            self._say(f"{self._where()}: next objective, {inert(str(event['reason']), 200)}")

    def _say(self, line: str, style: str = "") -> None:
        self._said = time.monotonic()
        self._console.print(Text(line, style), soft_wrap=True)

    def _where(self) -> str:
        return "end" if self._now.phase == "sealed" else self._name(self._now.stage, self._now.round)

    def _name(self, stage: int, number: int) -> str:
        of = f" of {self._rounds[stage]}" if number and stage < len(self._rounds) else ""
        return ("base" if number == 0 else f"round {number}{of}") + (
            f", stage {stage + 1} of {len(self._rounds)}" if len(self._rounds) > 1 else ""
        )

    def _amounts(self) -> str:
        now = self._now.progress
        done, total = now.get("done"), now.get("total")
        parts = [f"{done:,} of {total:,} done" if total else f"{done:,} done"] if done is not None else []
        parts += [f"{now[key]:,} {key}" for key in ("samples", "kept") if now.get(key) is not None]
        return ", ".join(parts)


def scores(card: Scorecard) -> str:
    """The target's metrics with their intervals, then the protected abilities' own."""
    said = [(f"{name} ", card.target, name) for name in card.target.metrics]
    said += [(f"{score.ability} ", score, name) for score in card.scores if score.protected for name in score.metrics]
    found = [(label, estimate(score, name)) for label, score, name in said]
    return ", ".join(f"{label}{percent(e.value)} ({within(e)})" for label, e in found if e)


def ruling(verdict: Verdict) -> str:
    """The gate's word and its reason."""
    return f"{verdict.decision}{f' ({inert(verdict.reason, 300)})' if verdict.reason else ''}"


def _rounds(resolved: Any) -> list[int]:
    """Rounds of each stage, from the resolved method."""
    if not isinstance(resolved, dict):
        return []
    method = cast("dict[str, Any]", resolved)
    cycles: list[dict[str, Any]] = method.get("cycles") or [method]
    return [int(cycle.get("rounds", 1)) for cycle in cycles] * int(method.get("repeat", 1))
