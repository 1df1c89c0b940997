"""Whether the learner still samples widely, round by round, and what it learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from lamarck.core import Estimate
from lamarck.report.charts import Curve, curves
from lamarck.report.history import named
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sound import Seen, Sound
from lamarck.report.words import percent, within
from lamarck.trust.monitors import NARROWED, Collapse, Vitals, collapse, common, real, remade, vitals

NOTE = """Practice samples, {draws} draws of a task in every round, unbiased, with 95 % intervals over tasks. Entropy is
the mean surprise of a sampled token at temperature 1, in nats. Real rows are those of the training texts that no
learner wrote."""
COLD = """ Samples were not all drawn at temperature 1, so the entropy is too low; its course still tells."""
FALL = """Collapse: from round {before} to round {now} the samples lost {loss} and pass@{draws} fell from {high} to
{low}. The learner loses solutions that it had. Mix in labelled rows, keep the samples of earlier rounds, or train
each round from the base."""


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """A round that sampled, and its figures."""

    label: str
    stage: int
    vitals: Vitals


def monitors(run: Sound) -> Html:
    """A warning for each stage that collapsed, a small chart over the rounds, then the numbers."""
    found = pulses(run)
    if not found:
        return tag("p", "No round has sampled yet.", class_="quiet")
    draws = found[0].vitals.draws
    cold = any(one.vitals.temperature != 1 and one.vitals.entropy is not None for one in found)
    return join(
        [tag("p", said, class_="warning") for said in warnings(found)],
        tag("p", NOTE.format(draws=draws) + (COLD if cold else ""), class_="note"),
        _chart(found),
        _numbers(found),
    )


def pulses(run: Sound) -> list[Pulse]:
    """The figures of every round that sampled, at equal draws."""
    views, found = run.rounds(), list[tuple[Seen, Vitals]]()
    several, authors = len({view.stage for view in views}) > 1, _authors(run.events())
    for view in views:
        if not _practised(view):
            continue
        if measured := _measured(view, authors):
            found.append((view, measured))
            continue
        batch = run.batch(view.stage, view.round, "feedback")
        if own := common([batch]):
            found.append((view, vitals(batch, own, authors.get(view.candidate or ""))))
    draws = min((one.draws for _, one in found), default=0)
    return [
        Pulse(
            label=named(view, several),
            stage=view.stage,
            vitals=one if one.draws == draws else _again(run, view, draws, authors),
        )
        for view, one in found
    ]


def _measured(view: Seen, authors: Mapping[str, Mapping[str, int]]) -> Vitals | None:
    """The figures as the run's own monitor committed them."""
    found = [one.figures for one in view.findings if one.monitor == Collapse().name and one.figures.get("draws")]
    return replace(remade(found[0]), real=real(authors.get(view.candidate or "", {}))) if found else None


def _practised(view: Seen) -> bool:
    """Whether the round's samples are its own: a stage may read those of an earlier one again."""
    return view.round > 0 and any(p.operator.startswith("solutions.") for p in view.funnel.get("feedback", ()))


def warnings(found: Sequence[Pulse]) -> list[str]:
    """What a reader must know, a sentence for each stage that collapsed."""
    said = list[str]()
    for _, group in groupby(found, key=lambda one: one.stage):
        rounds = list(group)
        fallen = collapse([one.vitals for one in rounds])
        if fallen:
            before, now = (rounds[i] for i in fallen)
            said.append(_said(before, now))
    return said


def _said(before: Pulse, now: Pulse) -> str:
    early, late = before.vitals, now.vitals
    lost = f"more than {percent(NARROWED)} of their different texts"
    if early.entropy is not None and late.entropy is not None:
        lost = f"{percent(1 - late.entropy / early.entropy)} of their entropy"
    high, low = (percent(one.reach.value) if one.reach else "?" for one in (early, late))
    return FALL.format(before=before.label, now=now.label, loss=lost, draws=late.draws, high=high, low=low)


def _again(run: Sound, view: Seen, draws: int, authors: Mapping[str, Mapping[str, int]]) -> Vitals:
    """A round's figures at fewer draws than it has."""
    return vitals(run.batch(view.stage, view.round, "feedback"), draws, authors.get(view.candidate or ""))


def _authors(events: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, int]]:
    """Learner -> rows by author of what it was trained on, as the last training has them."""
    found = [(str(event.get("learner")), event.get("authors")) for event in events if event.get("kind") == "trained"]
    return {learner: rows for learner, rows in found if isinstance(rows, Mapping)}


def _chart(found: Sequence[Pulse]) -> Html | None:
    """Reach against variety: the two that fall together in a collapse."""
    all_ = [one.vitals for one in found]
    highest = max((one.entropy or 0.0 for one in all_), default=0.0)
    reach: list[Estimate | None] = [one.reach for one in all_]
    variety = [_share(one.entropy, highest) for one in all_] if highest else [one.texts for one in all_]
    if not any(reach) and not any(variety):
        return None
    name = f"pass@{all_[0].draws}"
    other = "entropy, share of its highest value" if highest else "different texts, share of the draws"
    said = f"{name} by round: {_course(reach)}; {other}: {_course(variety)}"
    drawn = curves("monitors", [one.label for one in found], reach, variety, (), 1.0, said)
    return tag(
        "div",
        tag("p", tag("span", name, class_="key run"), tag("span", other, class_="key refused"), class_="keys"),
        tag("figure", drawn, class_="chart"),
    )


def _course(curve: Curve) -> str:
    return ", ".join(percent(e.value) for e in curve if e) or "not known"


def _share(value: float | None, highest: float) -> Estimate | None:
    if value is None or not highest:
        return None
    return Estimate(value=value / highest, low=value / highest, high=value / highest, items=0)


def _numbers(found: Sequence[Pulse]) -> Html:
    draws = found[0].vitals.draws
    head: list[Node] = ["round", "tasks", "different answers", "different texts", "entropy", "pass@1"]
    head += ([f"pass@{draws}"] if draws > 1 else []) + ["real rows"]
    rows = list[list[Node]]()
    for one in found:
        v = one.vitals
        reach = [_cell(v.reach)] if draws > 1 else []
        entropy = "–" if v.entropy is None else f"{v.entropy:.3f}"
        real = "–" if v.real is None else percent(v.real)
        rows.append([one.label, v.tasks, _cell(v.answers), _cell(v.texts), entropy, _cell(v.single), *reach, real])
    return table(head, rows)


def _cell(found: Estimate | None) -> Node:
    return join(percent(found.value), tag("small", within(found))) if found else "–"
