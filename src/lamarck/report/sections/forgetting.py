"""What the learner forgot: scores on earlier objectives and on protected abilities, and the means over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean

from lamarck.report.history import Point
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sound import Seen, Sound
from lamarck.report.words import percent, points
from lamarck.trust.forgetting import Matrix
from lamarck.trust.monitors import Forgetting
from lamarck.trust.monitors.forgetting import ORIGIN, START, TAUGHT

NOTE = """A row a stage, a column the objective that it trained, in percent of the same items for every learner. A dash
was not measured: an objective is measured from its own stage on."""
ROUNDS = """Protected abilities by round, each on fresh items: a row is the learner that stood after the gate. Lost is
the highest score before the last round minus the last, so chance makes it positive; gate and monitor compare learners
on the same items."""
ON = "on "


def forgetting(run: Sound, history: Sequence[Point]) -> Html:
    """The matrix over stages where several objectives were trained, then the protected abilities by round."""
    return join(_stages(run), _rounds(history)) or tag(
        "p", "Nothing was measured that could be forgotten.", class_="quiet"
    )


def matrix(run: Sound) -> tuple[list[str], Matrix] | None:
    """The objectives in the order they were trained, and the scores; None where no stage came after another's."""
    told = {
        view.stage: (view, figures) for view in run.rounds() if (figures := _figures(view))
    }  # each one's last round
    if not told:
        return None
    stages = list(told.values())
    names = list(dict.fromkeys(_objective(name) for _, figures in stages for name in figures))
    starts = [[figures.get(f"{ON}{name}{START}") for name in names] for _, figures in stages]
    # what a stage began with is what the one before it left, on objectives too that only the later one measures
    ends = [_after(view, figures, names) for view, figures in stages]
    after = [starts[0], *(_filled(end, begun) for end, begun in zip(ends, [*starts[1:], ends[-1]], strict=True))]
    origin = [next((f[at] for _, f in stages if (at := f"{ON}{name}{ORIGIN}") in f), None) for name in names]
    return names, Matrix(before=origin, after=after)


def _after(view: Seen, figures: Mapping[str, float], names: Sequence[str]) -> list[float | None]:
    """What stood after a stage's last round: its candidate, or what the stage began with where that was refused."""
    stood = view.verdict is None or view.verdict.champion == view.candidate
    return [figures.get(f"{ON}{name}{'' if stood else START}") for name in names]


def _filled(row: Sequence[float | None], other: Sequence[float | None]) -> list[float | None]:
    return [b if a is None else a for a, b in zip(row, other, strict=True)]


def _figures(view: Seen) -> dict[str, float]:
    """What the monitor found on the objectives of stages."""
    found = [one.figures for one in view.findings if one.monitor == Forgetting().name]
    return {name: value for figures in found for name, value in figures.items() if name.startswith(ON)}


def _objective(figure: str) -> str:
    name = figure.removeprefix(ON)
    return next((name.removesuffix(end) for end in (START, ORIGIN, TAUGHT) if name.endswith(end)), name)


def _stages(run: Sound) -> Html | None:
    found = matrix(run)
    if found is None:
        return None
    names, scores = found
    rows = [("before", scores.before), *((f"after {i}", row) for i, row in enumerate(scores.after, 1))]
    means = {
        "average": scores.average,
        "plasticity": scores.plasticity,
        "forgetting F": scores.forgetting,
        "backward transfer": scores.backward,
        "forward transfer": scores.forward,
    }
    said = "; ".join(f"{name} {points(value)}" for name, value in means.items() if value is not None)
    return join(tag("p", NOTE, class_="note"), _table("stage", names, rows, scores), tag("p", f"In points: {said}."))


def _rounds(history: Sequence[Point]) -> Html | None:
    found = [(point.label, dict(_protected(point))) for point in history]
    names = list(dict.fromkeys(name for _, scores in found for name in scores))
    if not names or len(found) < 2:
        return None
    rows = [(label, [scores.get(name) for name in names]) for label, scores in found]
    scores = Matrix(before=[None] * len(names), after=[row for _, row in rows])
    return join(tag("p", ROUNDS, class_="note"), _table("round", names, rows, scores))


def _protected(point: Point) -> Iterator[tuple[str, float]]:
    for score in point.card.scores:
        if score.protected and score.items:
            yield score.ability, fmean(next(iter(score.metrics.values())))


def _table(what: str, names: Sequence[str], rows: Iterable[tuple[str, Sequence[float | None]]], scores: Matrix) -> Html:
    """The scores, and below them what was lost."""
    made: list[list[Node]] = [[label, *("–" if v is None else percent(v) for v in row)] for label, row in rows]
    lost = [scores.forgotten(j) for j in range(len(names))]
    made.append(["lost", *("–" if v is None else points(v) for v in lost)])
    return table([what, *names], made)
