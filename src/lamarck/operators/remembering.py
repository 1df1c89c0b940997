"""What every update of memory shares: no secrets in it, one commit, one event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lamarck.core import Context, Entry, Experience, Learner, Message, Prompt, Solution, UsageError
from lamarck.data.secrets import redacted


def committed(learner: Learner, entries: Sequence[Entry], ctx: Context, *, forget: Sequence[Entry] = ()) -> Learner:
    """The learner whose memory has these entries, without what looks like a secret, and no more those to forget.

    Out: the same learner where that changes nothing. Raises: UsageError where the run keeps no memory.
    """
    if ctx.memories is None:
        raise UsageError(f"{ctx.operator} writes memory, but this run keeps none")
    if not entries and not forget:
        return learner
    version = ctx.memories.commit(learner.memory, [clean(entry) for entry in entries], forget=forget)
    if version == learner.memory:  # all of them were held-out items
        return learner
    grown = len(ctx.memories.open(version).entries) - len(ctx.memories.open(learner.memory).entries)
    # what an earlier update of this round made is kept nowhere, so it is nobody's parent
    parent = learner.hash if learner.hash == ctx.learner.hash else learner.parent
    made = replace(learner, memory=version, parent=parent)
    gone = {"forgotten": len(forget)} if forget else {}
    ctx.store.event("remembered", learner=made.hash, parent=parent, memory=version, entries=grown + len(forget), **gone)
    return made


def clean(entry: Entry) -> Entry:
    """The entry without what looks like a key, a token or a password, in its text and in its experience."""
    made = entry.experience and _experience(entry.experience)
    return replace(entry, text=_plain(entry.text), experience=made)


def _experience(made: Experience) -> Experience:
    task = replace(made.task, messages=_said(made.task.messages), fields=_fields(made.task.fields))
    feedback = made.feedback and replace(made.feedback, text=_plain(made.feedback.text))
    return replace(
        made,
        task=replace(task, private=_fields(made.task.private)),
        solution=_solution(made.solution),
        rejected=_solution(made.rejected),
        feedback=feedback,
        asked=_prompt(made.asked),
        keep=_prompt(made.keep),
        writes=(),  # they are entries of their own
    )


def _solution(solution: Solution | None) -> Solution | None:
    if solution is None:
        return None
    answer = None if solution.answer is None else _plain(solution.answer)
    return replace(solution, messages=_said(solution.messages), answer=answer)


def _prompt(prompt: Prompt | None) -> Prompt | None:
    return prompt and replace(prompt, fields=_fields(prompt.fields), messages=_said(prompt.messages))


def _said(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(
        replace(m, text=_plain(m.text), calls=tuple(replace(c, arguments=_plain(c.arguments)) for c in m.calls))
        for m in messages
    )


def _fields(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: _plain(text) for name, text in fields.items()}


def _plain(text: str) -> str:
    return redacted(text)[0]
