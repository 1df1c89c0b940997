"""What was run, on what, how it stands, and what a reader must know before believing a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from lamarck.core import Score
from lamarck.report.history import Point, estimate, gained
from lamarck.report.markup import Html, Node, join, tag
from lamarck.report.sound import Sound
from lamarck.report.words import count, percent, points, span, when


def heading(run: Sound, history: list[Point], faults: Sequence[str]) -> Html:
    """Title, result in a sentence, warnings, and the facts of the run."""
    info = run.info
    return tag(
        "header",
        tag("p", "Lamarck · report of a run", class_="kicker"),
        tag("h1", tag("span", info.recipe), tag("span", " on ", class_="quiet"), tag("span", info.environment)),
        _outcome(run, history),
        [tag("p", warning, class_="warning") for warning in _warnings(run, faults)],
        tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in _facts(run)], class_="facts"),
        tag(
            "p",
            "With ",
            [f"{name} {value}, " for name, value in info.versions.items()],
            "as recorded.",
            class_="versions",
        ),
    )


def _outcome(run: Sound, history: list[Point]) -> Html:
    """The result: every metric, on the sealed split where it was scored, else on the selection split."""
    sealed = run.sealed()
    if sealed and len(sealed) > 1:
        base, champion, where = sealed[0].target, sealed[-1].target, "sealed items, scored once"
    elif len(history) > 1:
        base, champion, where = (
            history[0].card.target,
            history[-1].card.target,
            "selection items, not yet on sealed ones",
        )
    else:
        return tag("p", "No round of learning is evaluated yet.", class_="lead")
    rounds = count(max(len(history) - 1, 0), "round")
    lead = (
        f"The champion after {rounds} of learning, against the model it began as, on {len(champion.items):,} {where}."
    )
    return join(
        tag("p", lead, class_="lead"),
        tag("dl", [_figure(name, base, champion) for name in champion.metrics], class_="figures"),
    )


def _figure(name: str, base: Score, champion: Score) -> Html:
    """One metric in large: before, after, and the paired difference."""
    before, after, gain = estimate(base, name), estimate(champion, name), gained(champion, base, name)
    values = join(
        tag("span", percent(before.value), " → ", class_="quiet") if before else None,
        percent(after.value) if after else "–",
    )
    said = "other items, so no paired difference"
    if gain:
        said = f"{points(gain.value)} points, 95 % interval {span(gain.low, gain.high)}"
    return tag("div", tag("dt", name), tag("dd", values), tag("dd", said, class_="note"))


def _warnings(run: Sound, faults: Sequence[str]) -> Iterator[Node]:
    info = run.info
    for name in info.ablate:
        yield join(
            tag("strong", "Ablation: "),
            tag("code", name),
            " is switched off in this run. It is no result of the recipe.",
        )
    if info.gate == "off":
        yield join(
            tag("strong", "No gate: "),
            "the run used ",
            tag("code", "--gate off"),
            "; every candidate was taken, worse or not.",
        )
    if (walls := _walls(run)) and int(walls["tier"]) > LAST_SAFE:
        yield join(
            tag("strong", "Programs of models ran unsafely: "),
            "this machine does not isolate them, and the run used ",
            tag("code", "--unsafe-sandbox"),
            ".",
        )
    if info.status == "empty":
        yield join(tag("strong", "Refinement kept nothing. "), info.reason)
    elif info.status != "done":
        yield join(
            tag("strong", f"This run is {STATES.get(info.status, info.status)}. "),
            info.reason,
            " The page shows what is committed so far.",
        )
    for fault in faults:
        yield join(tag("strong", "Damaged: "), f"{fault}. What this file held is missing below.")
    for said in capped(run):
        yield join(tag("strong", "Smaller than the recipe: "), said)
    if any(cycle.get("transductive") for cycle in cycles(info.resolved)):
        yield join(
            tag("strong", "Transductive: "),
            "the method improves on the tasks it meets; nothing here says that it generalises.",
        )


def capped(run: Sound) -> Iterator[str]:
    """What a limit of this run made smaller than the recipe asks for: "samples a task: paper 32, here 4"."""
    limits = run.info.limits
    caps = (("solutions", limits.samples, "samples a task"), ("tasks", limits.tasks, "tasks a round"))
    for slot, cap, what in caps:
        for operator in (o for cycle in cycles(run.info.resolved) for o in operators(cycle.get(slot))):
            asked = operator.get("n")
            if cap is not None and isinstance(asked, int) and cap < asked:
                whose = "asked" if _is_changed(run, slot, asked) else "paper"
                yield f"{what}, {whose}: {asked:,}, here: {cap:,} ({operator['is']})."
            elif cap is not None and slot == "tasks" and asked is None and "n" in operator:
                yield f"{what}, recipe: all there are, here: at most {cap:,} ({operator['is']})."
    if limits.until:
        yield f"every round stopped on purpose after the phase {limits.until}."


def _is_changed(run: Sound, slot: str, value: int) -> bool:
    """Whether the user asked for this number, so that it is not the paper's."""
    by_path = any(path.split(".")[0] == slot for path in run.info.sets)
    return by_path or value in run.info.options.values()


def cycles(resolved: Any) -> list[dict[str, Any]]:
    """The described cycles of a described method, each once."""
    if not isinstance(resolved, Mapping):
        return []
    method = cast("dict[str, Any]", resolved)
    inner = method.get("cycles")
    return (
        [cast("dict[str, Any]", c) for c in cast("list[Any]", inner) if isinstance(c, Mapping)]
        if isinstance(inner, list)
        else [method]
    )


def operators(slot: Any) -> list[dict[str, Any]]:
    """The described operators of a described slot: none, one or a chain."""
    chain = cast("list[Any]", slot) if isinstance(slot, list) else [slot]
    return [cast("dict[str, Any]", o) for o in chain if isinstance(o, Mapping) and "is" in o]


def _walls(run: Sound) -> Mapping[str, Any]:
    """What isolated the programs of models, by the last process of the run; {} where none ran."""
    told = [event for event in run.events() if event.get("kind") == "sandbox"]
    return told[-1] if told else {}


LAST_SAFE = 3
"""The last tier of the sandbox that needs nobody's consent."""
STATES = {"running": "not finished", "failed": "broken off"}
"""Words of ``run.json`` that read better in a sentence."""


def _facts(run: Sound) -> Iterator[tuple[str, Node]]:
    info = run.info
    yield "recipe", tag("code", info.recipe)
    yield "learner", tag("code", info.learner)
    yield "environment", tag("code", info.environment)
    yield "seed", tag("code", str(info.seed))
    yield "gate", f"{info.gate}, alpha {info.alpha:g}" if info.gate != "off" else "off"
    if walls := _walls(run):
        yield "sandbox", f"tier {walls['tier']}: {', '.join(map(str, walls['active']))}"
    yield "status", info.status
    yield "started", when(info.started)
    if info.finished:
        yield "finished", when(info.finished)
    for name, values in (("options", info.options), ("set by hand", info.sets)):
        if values:
            yield name, [join(tag("code", f"{key} {value}"), " ") for key, value in values.items()]
    yield "champion", tag("code", info.champion)
