"""The plot of a run in the terminal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from lamarck.core import MissingExtra
from lamarck.report.history import estimate, history, metrics
from lamarck.report.reader import Run
from lamarck.report.samples import evenly
from lamarck.report.sound import Sound

COLOURS = ("blue", "orange", "green", "magenta")
DOTS = ("o", "x", "+", "#")
"""Where the terminal knows no more than ASCII."""


def plot(reader: Run) -> Plot:
    """The target's metrics over the rounds. Raises: MissingExtra without plotext."""
    points = history(Sound(reader))
    curves = {
        name: [(i, e.value) for i, point in enumerate(points) if (e := estimate(point.card.target, name))]
        for name in metrics(points)
    }
    try:
        import plotext  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as fault:
        raise MissingExtra("the plot in the terminal", "report") from fault
    return Plot(labels=tuple(point.label for point in points), curves=curves)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A line a metric, as wide as the console, at most 100 columns; without colours where it has none."""

    labels: tuple[str, ...]
    curves: dict[str, list[tuple[int, float]]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it for this console."""
        if not self.labels:
            yield Text("Nothing to plot: no round is evaluated yet.")
            return
        is_plain = options.ascii_only or options.max_width < 30
        drawn = self._drawn(min(options.max_width, 100), is_plain)
        yield Text("accuracy by round, in percent", style="bold")
        yield Text.from_ansi(drawn.translate(ASCII) if is_plain else drawn, no_wrap=True)

    def _drawn(self, width: int, is_plain: bool) -> str:
        import plotext

        height, last = max(10, min(18, width // 4)), len(self.labels) - 1
        top = _top(max((y for curve in self.curves.values() for _, y in curve), default=0.5))
        figure: Any = plotext.figure
        figure.clear()
        figure.theme("colorless")
        figure.plot_size(width, height)
        figure.canvas("default")
        figure.legend(False)
        named = _apart({name: curve[-1][1] for name, curve in self.curves.items() if curve}, top / (height - 4))
        for i, (name, curve) in enumerate(self.curves.items()):
            colour = COLOURS[i % len(COLOURS)]
            marker: Any = plotext.marker(DOTS[i % len(DOTS)] if is_plain else "braille", colour)
            signal = figure.signal([x for x, _ in curve], [100 * y for _, y in curve], marker=marker)
            figure.draw(signal.lines(len(curve) > 1))
            if curve:
                said: Any = plotext.colorize(f" {name} {100 * curve[-1][1]:.1f}", colour)
                figure.draw(figure.text(curve[-1][0], 100 * named[name], said, alignment="left"))
        figure.ruler("y").lim(0, 100 * top)
        ticks = [20 * i for i in range(int(5 * top + 0.01) + 1)]
        figure.ruler("y").ticks(ticks, [str(tick) for tick in ticks])
        room = max(map(len, self.curves), default=0) + 8  # the names stand behind the lines' ends
        figure.ruler("x").lim(-0.15, max(last, 1) * (1 + room / max(width - room - 6, 10)))
        rounds = evenly(list(enumerate(self.labels)), max(2, width // 8))
        figure.ruler("x").ticks([x for x, _ in rounds], [label for _, label in rounds])
        matrix: Any = figure.build()
        figure.clear()
        return str(matrix.string())


def _top(highest: float) -> float:
    """The top of the axis: the next even tenth."""
    return min(1.0, math.ceil(5 * highest + 0.25) / 5)


def _apart(heights: dict[str, float], gap: float) -> dict[str, float]:
    """The heights moved up just as far as keeps a line between two names."""
    moved, below = dict[str, float](), -gap
    for name, height in sorted(heights.items(), key=lambda one: one[1]):
        below = max(height, below + gap)
        moved[name] = below
    return moved


ASCII = {ord(a): b for a, b in zip("┌┐└┘├┤┬┴┼─│", "+++++++++-|", strict=True)}
