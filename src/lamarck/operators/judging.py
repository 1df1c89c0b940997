"""What everything that asks a judge shares: the fence around what is judged, and the reading of the reply.

What a judge is shown may try to give it orders. So every text under judgement stands between two marks that nobody
could know when it was written, and a reply counts only where it says one verdict of those that were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from lamarck.core import Context, Learner, Prompt, Task, UsageError, unknown

T = TypeVar("T")
SPECIAL = ("base", "origin")
"""Roles that every run has beside those it names."""
NOTHING = "(none is given)"
"""What stands in a prompt for a reference that a task does not have."""
SAID = 30
"""Signs from which on a line that comes again is a repetition; shorter ones come again in honest texts."""


def player(role: str, ctx: Context, asker: str) -> Learner:
    """Who plays a role. Raises: UsageError where nobody does; a judge is no role for the learner to fall back to."""
    known = sorted({*SPECIAL, *ctx.learners, ctx.updates})
    if role == "judge" and role not in known:
        raise UsageError(
            f"{asker} asks a judge, and this run has none; type --judge provider/model, "
            'or set the evaluation\'s role to "environment" where its check can tell'
        )
    if role not in known:
        raise unknown("role", role, known, f"{asker} needs it")
    return ctx.role(role)


def guarded(name: str, fields: Mapping[str, str], ctx: Context, key: str, **data: str) -> Prompt:
    """The prompt that shows ``data``, each text of it to stand in the fence that the field "fence" holds.

    The fence is drawn for this call from the run's seed and the key, so that a resumed run asks the same, and drawn
    anew as long as it occurs in what is fenced. ``fields`` are the task's own, for models with a format of their own.
    """
    rng = ctx.rng("fence", key)
    fence = f"{rng.getrandbits(48):012x}"
    while any(fence in text for text in (*fields.values(), *data.values())):
        fence = f"{rng.getrandbits(48):012x}"
    return Prompt(name=name, fields={**fields, **data, "fence": fence})


def norm(ctx: Context) -> str:
    """What the round's objective counts as good conduct, for a judge to go by."""
    return ctx.objective.norm or NOTHING


def reference(task: Task, ctx: Context, asker: str) -> str:
    """The task's right answer for a judge to go by, "" where it has none.

    Raises: UsageError where the recipe declares that nothing reads labels.
    """
    if task.reference is None:
        return ""
    if ctx.labels == "none":
        raise UsageError(f"{asker} shows references, but the recipe declares labels='none'; set its reference to False")
    return task.reference.open().read()


def once(text: str) -> str:
    """The text without the lines that say what an earlier line has said, their number in their place.

    Two lines are equal whatever their letter case, spaces, list marks and punctuation. Code between fences stays.
    Source: the "repetitive list" attack of MT-Bench (arXiv:2306.05685), section 3.3. Differs: a line that is said again
    in other words stays; what length does to a judge is measured on anchors.
    """
    kept, met, again, is_code = list[str](), set[str](), 0, False
    for line in text.splitlines():
        is_code ^= line.lstrip().startswith("```")
        words = " ".join(re.findall(r"\w+", re.sub(r"^\s*(?:\d+[.)]|[-*+])\s", "", line))).casefold()
        if not is_code and len(words) >= SAID and words in met:
            again += 1
            continue
        met.add(words)
        kept.append(line)
    note = f"\n[{again} more {'line says' if again == 1 else 'lines say'} what is said above]"
    return "\n".join(kept) + note if again else text


# --- replies ---

_MARKS = r"[ \t*_`\"'(<\[]*"
_BEFORE = r"[ \t>*_#`-]*(?:(?:the|my|final|overall)[ \t]+[*_`]{0,3}){0,3}"
_AFTER = r"[ \t*_`\"')>\].!]*"
_WINNER = rf"\bwinner\b[ \t*_`\"']*[:=]{_MARKS}(first|second|tie)\b(?!\s*(?:or|and|/|,|\|)\s*(?:first|second|tie))"
_NUMBER = r"(-?\d+(?:\.\d+)?)(?![\d.]*\d)(?:\s*(?:/|out of)\s*(\d+(?:\.\d+)?))?"
_RANGE = re.compile(r"\s*(?:-|–|to\b)\s*\d")
_NAMED = re.compile(rf"\bverdict\b{_MARKS}[:=]{_MARKS}(yes|no|y|n)[ \t*_`\"').!]*$", re.IGNORECASE | re.MULTILINE)
_BARE = re.compile(rf"(?:^|[!:=>;]){_MARKS}(yes|no|y|n)[ \t*_`\"').!]*$", re.IGNORECASE | re.MULTILINE)


def winner(text: str) -> str | None:
    """The one ``winner: first``, ``second`` or ``tie`` of a judge's reply.

    Lines that are a verdict and nothing else count; without any, verdicts within lines do. Out: None where there is
    none, or where two of them differ.
    """
    return one(match[1].lower() for match in _said(text, _WINNER))


def closing(text: str, name: str = "score") -> str:
    """The last line of a reply where it is a grade and nothing else, else nothing: a grade on the way is none."""
    line = next((line for line in reversed(text.splitlines()) if line.strip()), "")
    whole = re.compile(_BEFORE + rf"\b{name}\b{_MARKS}[:=]{_MARKS}{_NUMBER}" + _AFTER, re.IGNORECASE)
    return line if whole.fullmatch(line) else ""


def grade(text: str, highest: float, lowest: float = 0.0, name: str = "score") -> float | None:
    """The one grade of a judge's reply: ``score: x`` or ``score: x/highest``, else a verdict, yes or no.

    Lines that are a grade and nothing else count; without any, grades within lines do. A verdict (Y, N, yes, no) ends
    its line and is all of it, or stands behind a mark such as ``:`` or ``!``; one that is called ``verdict`` counts
    before others; yes is ``highest``, no ``lowest``. Out: None where there is neither, where two grades or verdicts
    differ, where the grade is outside the range or of another scale, or where it is a range.
    """
    scores = _said(text, rf"\b{name}\b{_MARKS}[:=]{_MARKS}{_NUMBER}")
    if scores:
        return one(_points(match, highest, lowest) for match in scores)
    said: list[str] = _NAMED.findall(text) or _BARE.findall(text)
    verdict = one(word[0].lower() for word in said)
    return None if verdict is None else highest if verdict == "y" else lowest


def points(text: str, names: Sequence[str], highest: float, lowest: float = 0.0) -> dict[str, float] | None:
    """A grade for each name, ``name: x``, all or nothing: None where one cannot be read, see :func:`grade`."""
    found = dict[str, float]()
    for name in names:
        said = _said(text, rf"\b{re.escape(name)}\b{_MARKS}[:=]{_MARKS}{_NUMBER}")
        value = one(_points(match, highest, lowest) for match in said)
        if value is None:
            return None
        found[name] = value
    return found


def one(values: Iterator[T]) -> T | None:
    """The value that all are, None where there are none or two that differ: a judge that says two things says none."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _said(text: str, pattern: str) -> list[re.Match[str]]:
    """What is said in lines of its own; where there is none, what is said anywhere."""
    whole = re.compile(_BEFORE + pattern + _AFTER, re.IGNORECASE)
    alone = [match for line in text.splitlines() if (match := whole.fullmatch(line))]
    return alone or list(re.finditer(pattern, text, re.IGNORECASE))


def _points(match: re.Match[str], highest: float, lowest: float) -> float | None:
    value, scale = float(match[1]), float(match[2] or highest)
    vague = _RANGE.match(match.string, match.end())
    return value if lowest <= value <= highest and scale == highest and not vague else None
