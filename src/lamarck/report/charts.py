"""Charts as SVG that stands in the page: text as text, colours by class, nothing that a strict CSP refuses."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

from lamarck.core import Estimate, MissingExtra
from lamarck.report.markup import Html
from lamarck.report.samples import evenly

CLASSES = {"#010203": "run", "#010204": "control", "#010205": "refused", "#010206": "ink", "#010207": "rule"}
"""Stand-in colours that matplotlib draws with -> classes, whose colours the page's style gives for light and dark."""
RUN, CONTROL, REFUSED, INK, RULE = CLASSES
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 8.5,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.8,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"

TICKS = 9
"""Rounds named below a chart."""

Curve = Sequence[Estimate | None]
"""One estimate a round, [rounds]; None where a round has none."""


def curves(name: str, labels: Sequence[str], run: Curve, refused: Curve, control: Curve, top: float, said: str) -> Html:
    """One metric over the rounds with 95 % intervals.

    In: a name unique in the page, a label a round, the run's curve, candidates rolled back, the
    control arm's curve (may be shorter or empty), the top of the axis, and the picture in words.
    Raises: MissingExtra without matplotlib.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise MissingExtra("report.html", "report") from fault
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure: Any = Figure(figsize=(3.5, 2.7), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _band(axes, control, CONTROL, marker="s", dashed=True, shift=0.08)
        _band(axes, run, RUN, marker="o", dashed=False, shift=0.0)
        for x, e in enumerate(refused):
            if e:
                axes.plot([x], [e.value], marker="x", markersize=5, color=REFUSED, linestyle="none", zorder=4)
        axes.set_ylim(0, top)
        axes.set_xlim(-0.25, max(len(labels) - 1, 1) + 0.35)
        named = evenly(list(enumerate(labels)), TICKS)
        axes.set_xticks([x for x, _ in named], [label for _, label in named])
        ticks = _ticks(top)
        axes.set_yticks(ticks, [f"{100 * tick:.0f} %" for tick in ticks])
        axes.grid(axis="y", color=RULE, linewidth=0.5)
        axes.tick_params(length=0, pad=4)
        axes.spines[["top", "right", "left"]].set_visible(False)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    return clean(drawn.getvalue(), said)


def _band(axes: Any, curve: Curve, colour: str, *, marker: str, dashed: bool, shift: float) -> None:
    known = [(x + shift, e) for x, e in enumerate(curve) if e]
    if not known:
        return
    xs, values = [x for x, _ in known], [e.value for _, e in known]
    lower, upper = [e.value - e.low for _, e in known], [e.high - e.value for _, e in known]
    axes.errorbar(
        xs, values, yerr=[[max(v, 0) for v in lower], [max(v, 0) for v in upper]], color=colour, marker=marker,
        markersize=3.6 if dashed else 4.4, linewidth=1.1 if dashed else 1.8, linestyle=(0, (4, 2.5)) if dashed else "-",
        elinewidth=0.9, capsize=2, zorder=2 if dashed else 3,
    )  # fmt: skip


def _ticks(top: float) -> list[float]:
    step = next(step for step in (0.05, 0.1, 0.2, 0.25) if top / step <= 5.01)
    return [step * i for i in range(int(top / step + 0.01) + 1)]


def clean(svg: str, said: str) -> Html:
    """matplotlib's own SVG for a page: style attributes, which the CSP refuses, become plain ones."""
    root = ET.fromstring(svg)
    links = (text for node in root.iter() for text in (node.get("clip-path"), node.get(LINK)) if text)
    linked = {text.removeprefix("url(").removesuffix(")").removeprefix("#") for text in links}
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{SVG}style", f"{SVG}metadata") or not child.tag.startswith(SVG):
                parent.remove(child)
    for node in root.iter():
        _plain(node, linked)
    for gone in ("width", "height", "version"):
        root.attrib.pop(gone, None)
    root.set("role", "img")
    root.set("aria-label", said)
    ET.register_namespace("", SVG.strip("{}"))
    return Html(ET.tostring(root, encoding="unicode"))


def _plain(node: ET.Element, linked: set[str]) -> None:
    node.tag = node.tag.removeprefix(SVG)
    if node.get("id") not in linked:
        node.attrib.pop("id", None)
    if LINK in node.attrib:
        node.set("href", node.attrib.pop(LINK))
    classes = list[str]()
    for declared in node.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in declared.partition(":"))
        if name in ("fill", "stroke") and value in CLASSES:
            classes.append(f"{name}-{CLASSES[value]}")
        elif name == "font":
            node.set("font-size", value.split("px")[0].split()[-1])
        elif name:
            node.set(name, value)
    if node.tag == "text" and not any(name.startswith("fill") for name in classes):
        classes.append("fill-ink")
    if classes:
        node.set("class", " ".join(classes))
