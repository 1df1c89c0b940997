"""What the monitors were worried about, and what was done."""

from __future__ import annotations

from collections.abc import Iterator

from lamarck.core import Alarm, Edit
from lamarck.report.history import named
from lamarck.report.markup import Html, Node, join, table, tag
from lamarck.report.sound import Sound

NOTE = "An alarm stands in the round whose samples or candidate it is about; changes of the cycle hold from the next."
NOTHING = "nothing: the monitors only warned, or nothing could be done"


def alarms(run: Sound) -> Html:
    """A row an alarm; before them what monitors could not see."""
    views = run.rounds()
    several = len({view.stage for view in views}) > 1
    rows: list[list[Node]] = [
        [named(view, several), one.monitor, one.alarm.reason, "; ".join(done(one.alarm)) or NOTHING]
        for view in views
        for one in view.findings
        if one.alarm
    ]
    blind = [tag("p", said, class_="note") for said in _blind(run)]
    if rows:
        head: list[Node] = ["round", "monitor", "why", "what was done"]
        return join(tag("p", NOTE, class_="note"), blind, table(head, rows, numbers=False))
    watched = any(view.findings for view in views)
    said = "No monitor raised an alarm." if watched else "No monitor watched this run."
    return join(tag("p", said, class_="quiet"), blind)


def done(alarm: Alarm) -> Iterator[str]:
    """What an alarm asks for, in words."""
    if alarm.roll_back:
        yield "the candidate was rolled back"
    yield from map(changed, alarm.edits)
    if alarm.stop:
        yield "the stage ended"


def changed(edit: Edit) -> str:
    """A change of the cycle in words, as far as its path led anywhere."""
    if edit.operator is not None:
        return f"{type(edit.operator).__name__} was added to {edit.path}"
    said = [f"times {edit.times:g}"] if edit.times != 1 else []
    said += [f"at least {edit.least:g}"] if edit.least is not None else []
    said += [f"at most {edit.most:g}"] if edit.most is not None else []
    return f"{edit.path} was set to {', '.join(said)}" if said else f"{edit.path} stayed"


def _blind(run: Sound) -> Iterator[str]:
    """What monitors say that they cannot see."""
    for event in run.events():
        if event.get("kind") == "blind":
            yield f"The monitor of {event.get('monitor')} saw nothing: {event.get('reason')}."
