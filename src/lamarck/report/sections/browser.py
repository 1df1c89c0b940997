"""Samples to look at: what was asked, what was written, what came back, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from lamarck.core import Experience, Message, Prompt, Solution
from lamarck.report.history import named
from lamarck.report.inert import inert
from lamarck.report.markup import Html, Node, join, tag
from lamarck.report.samples import Look, Pick
from lamarck.report.words import count

TEXT = 2000
"""Characters of a text that are shown."""


def browser(looks: Sequence[Look]) -> Html:
    """A block a round, a fold a sample."""
    several = len({look.view.stage for look in looks}) > 1
    blocks = [_round(look, several) for look in looks if look.picks]
    if not blocks:
        return tag("p", "No samples are kept in this run yet.", class_="quiet")
    shown = sum(len(look.picks) for look in looks)
    drawn = sum(look.samples for look in looks)
    note = f"{count(shown, 'sample')} of {drawn:,}, chosen evenly over rounds, fate and reasons."
    return join(tag("p", note, class_="note"), tag("div", blocks))


def _round(look: Look, several: bool) -> Html:
    head = f"Round {named(look.view, several)}: {count(look.samples, 'sample')}, "
    head += f"{look.kept:,} kept, {look.dropped:,} dropped"
    return tag("details", tag("summary", head), [_sample(pick) for pick in look.picks], class_="browser")


def _sample(pick: Pick) -> Html:
    e = pick.experience
    fate = (
        tag("span", "dropped", class_="badge rolled-back")
        if pick.reason
        else tag("span", "kept", class_="badge promoted")
    )
    reason = (
        tag("span", f" {pick.operator.split('.', 1)[-1]}: {inert(pick.reason, 200)}", class_="quiet")
        if pick.reason
        else None
    )
    written = tag("span", " ", inert(e.solution.text, 70), class_="quiet") if e.solution else None
    summary = tag("summary", fate, " ", tag("code", inert(e.id, 120)), reason or written)
    return tag(
        "details",
        summary,
        tag("dl", [(tag("dt", name), tag("dd", value)) for name, value in _parts(e)]),
        class_="sample",
    )


def _parts(e: Experience) -> list[tuple[str, Node]]:
    parts: list[tuple[str, Node]] = [("task", _spoken(e.task.messages))]
    if e.asked:
        parts.append(("asked with", _prompt(e.asked)))
    if e.keep:
        parts.append(("trained on", _prompt(e.keep)))
    parts.append(("solution", _solution(e.solution)))
    if e.rejected:
        parts.append(("rejected", _solution(e.rejected)))
    if e.feedback:
        passed = {True: "passed", False: "failed", None: "no verdict"}[e.feedback.passed]
        score = "" if e.feedback.score is None else f", score {e.feedback.score:g}"
        parts.append(
            ("feedback", join(tag("p", f"{e.feedback.source or 'unsigned'}: {passed}{score}"), _text(e.feedback.text)))
        )
    author = (e.solution.author if e.solution else "") or e.origin.learner or "unknown"
    origin = f"{e.origin.operator or 'unknown operator'}, temperature {e.origin.temperature:g}, "
    origin += f"seed {e.origin.seed}, by {author}"
    parts.append(("origin", origin))
    return parts


def _prompt(prompt: Prompt) -> Html:
    fields = "\n".join(f"{key}: {inert(value, TEXT, lines=True)}" for key, value in list(prompt.fields.items())[:20])
    return join(
        tag("p", tag("code", inert(prompt.name, 120))), _text(fields) if fields else None, _spoken(prompt.messages)
    )


def _solution(solution: Solution | None) -> Node:
    if solution is None:
        return tag("p", "none", class_="quiet")
    stopped = None if solution.stop == "stop" else tag("p", f"ended by: {solution.stop}", class_="quiet")
    return join(_spoken(solution.messages) or tag("p", "empty", class_="quiet"), stopped)


def _spoken(messages: Sequence[Message]) -> Html:
    """Turns with their roles; a single turn needs none."""
    many = len(messages) > 1
    turns = [
        join(
            tag("p", m.role, class_="quiet") if many else None,
            _text(m.text),
            [_text(f"{c.name}({c.arguments})") for c in m.calls],
        )
        for m in messages[:12]
    ]
    rest = tag("p", f"… and {count(len(messages) - 12, 'turn')} more", class_="quiet") if len(messages) > 12 else None
    return join(turns, rest)


def _text(text: str) -> Html:
    return tag("pre", inert(text, TEXT, lines=True)) if text else tag("p", "empty", class_="quiet")
