"""The final answer in what a model wrote: a trace of the small model, a labelled line, or the answer alone.

A line `answer: ...` goes before all else, the last one where there are several; then the last line
that is a trace or an answer. Prose is skipped.
"""

import re
from dataclasses import dataclass

READ = 20_000
"""Characters read, from the end of the text: an answer stands last."""

_LABEL = re.compile(r"\banswer\b(?: is)?[ *_`]*[:=](.*)", re.IGNORECASE)
_TRACE = re.compile(r"(?:[0-9]{1,2}!)?([a-z][0-9]+[:>].*)")
_STEP = {
    "exec": re.compile(r"([a-z])([0-9]+):([a-z]*)"),
    "synth": re.compile(r"([a-z])([0-9]+)>([0-9]+)"),
}
_LIST = re.compile(r"(?<![0-9])(?:[0-9]{4,}|[0-9](?:, ?[0-9]){3,}|[0-9](?: [0-9]){3,})(?![0-9])")
_PROGRAM = re.compile(r"[a-z]+|[a-z](?:(?: |, ?| ?-?> ?)[a-z])+")
_MARKS = "`*_$\"' \t.[]()"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a trace, as it was written."""

    letter: str
    digits: str
    rest: str
    """What is left to run, or the target."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an answer says."""

    answer: str | None = None
    """A list or a program; None where none can be read."""
    steps: tuple[Step, ...] = ()
    """The steps of the trace, as far as they can be read."""
    unread: str = ""
    """The first piece of the trace that is no step."""


def read(kind: str, letters: str, text: str) -> Reading:
    """In: "exec" or "synth", the operations there are, any text, also a hostile one."""
    lines = [line.strip(_MARKS) for line in text[-READ:].translate(_ARROWS).splitlines()]
    for line in reversed(lines):
        if (label := _LABEL.search(line)) and (stated := _stated(kind, letters, label[1])):
            return Reading(answer=stated)
    for line in reversed(lines):
        if trace := _TRACE.fullmatch(line):
            return _traced(kind, letters, trace[1])
        if stated := _stated(kind, letters, line):
            return Reading(answer=stated)
    return Reading()


_ARROWS = str.maketrans({"→": ">", "⟶": ">", "、": ","})


def _stated(kind: str, letters: str, text: str) -> str | None:
    """The last list in the text, or the program that the text is."""
    if kind == "exec":
        lists: list[str] = _LIST.findall(text)
        return re.sub(r"[ ,]", "", lists[-1]) if lists else None
    bare = text.strip(_MARKS)
    program = re.sub(r"[^a-z]", "", bare) if _PROGRAM.fullmatch(bare) else ""
    return program if program and set(program) <= set(letters) else None


def _traced(kind: str, letters: str, line: str) -> Reading:
    *pieces, last = line.split(";")
    pieces += [last] if last else []
    steps = list[Step]()
    for piece in pieces:
        found = _STEP[kind].fullmatch(piece)
        if found is None:
            return Reading(steps=tuple(steps), unread=piece)
        steps.append(Step(letter=found[1], digits=found[2], rest=found[3]))
    if kind == "exec":
        # A trace that stops early has come to no list yet.
        return Reading(answer=None if steps[-1].rest else steps[-1].digits, steps=tuple(steps))
    program = "".join(step.letter for step in steps)
    return Reading(answer=program if set(program) <= set(letters) else None, steps=tuple(steps))
