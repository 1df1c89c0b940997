"""Accuracy per round: a chart a metric, then the numbers."""

from __future__ import annotations

import math

from lamarck.core import Score
from lamarck.report.charts import curves
from lamarck.report.control import ABLATION
from lamarck.report.history import Point, estimate, metrics
from lamarck.report.history import history as history_of
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.rounds import amounts
from lamarck.report.sound import Sound
from lamarck.report.words import percent, within


def accuracy(history: list[Point], control: Sound | None) -> Html:
    """Charts of the target's metrics with 95 % intervals, against the control arm where there is one."""
    if not history:
        return tag("p", "No round is evaluated yet.", class_="quiet")
    arm = history_of(control) if control else []
    names = metrics(history)
    target = history[0].card.target
    key = [tag("span", "this run", class_="key run")]
    if control:
        key += [
            tag(
                "span",
                "control arm, ",
                tag("code", f"--ablate {ABLATION}"),
                f", seed {control.info.seed}",
                class_="key control",
            )
        ]
    if any(point.refused for point in history):
        key += [tag("span", "rolled back by the gate", class_="key refused")]
    note = f"Share of {len(target.items):,} {target.split} items of {target.ability} that are answered rightly, with "
    note += "95 % intervals. The line is the learner that stood after the gate; the table's rows are the candidates."
    charts = [_chart(i, name, history, arm) for i, name in enumerate(names)]
    return join(
        tag("p", note, class_="note"),
        tag("p", key, class_="keys"),
        tag("div", charts, class_="charts"),
        _numbers(history, names),
        _arm_numbers(arm, names) if arm else None,
    )


def _chart(number: int, name: str, history: list[Point], arm: list[Point]) -> Html:
    run = [estimate(point.card.target, name) for point in history]
    refused = [estimate(point.refused.target, name) if point.refused else None for point in history]
    control = [estimate(point.card.target, name) for point in arm]
    labels = [point.label for point in (history if len(history) >= len(arm) else arm)]
    shown = [e for e in (*run, *refused, *control) if e]
    top = min(1.0, math.ceil(10 * max((e.high for e in shown), default=0.5) + 0.2) / 10)
    known = [e for e in run if e]
    said = f"{name} by round: " + ", ".join(percent(e.value) for e in known)
    title = tag("figcaption", tag("b", name), _change([percent(e.value) for e in known]))
    return tag("figure", title, curves(f"chart{number}", labels, run, refused, control, top, said), class_="chart")


def _change(said: list[str]) -> str:
    return f" {said[0]} → {said[-1]}" if len(said) > 1 else f" {said[0]}" if said else ""


def cell(score: Score, name: str) -> Node:
    """A metric with its interval beneath, for a table."""
    found = estimate(score, name)
    return join(percent(found.value), tag("small", within(found))) if found else "–"


def _numbers(history: list[Point], names: list[str]) -> Html:
    rows: list[list[Node]] = []
    for point in history:
        card, verdict = point.refused or point.card, point.view.verdict
        amount: list[Node] = ["–" if n is None else n for n in amounts(point.view)]
        said = verdict.decision if verdict else "base" if point.view.round == 0 else "not finished"
        rows.append([point.label, *(cell(card.target, name) for name in names), *amount, decision(said)])
    return table(["round", *names, "samples", "kept", "verdict"], rows)


def _arm_numbers(arm: list[Point], names: list[str]) -> Html:
    rows = [[point.label, *(cell(point.card.target, name) for name in names)] for point in arm]
    return tag("details", tag("summary", "The control arm's numbers"), table(["round", *names], rows))


def decision(said: str) -> Html:
    """The gate's word as a badge; the word carries the meaning, the colour only helps."""
    return tag("span", said, class_=f"badge {said.replace(' ', '-')}" if said in DECISIONS else "badge")


DECISIONS = {"promoted", "provisional", "rolled back", "no update", "recorded", "deferred", "base"}
"""The words that have a colour."""
