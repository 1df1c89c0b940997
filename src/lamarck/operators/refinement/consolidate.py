"""What a run that went well leaves for other tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import (
    Batch,
    Context,
    Entry,
    Environment,
    Interactive,
    Message,
    Names,
    Scope,
    Solution,
    Task,
    UsageError,
    action,
    offers,
)
from lamarck.operators.shortcuts import KIND, MARK, SEEN, opened, values

WORKFLOW = "workflow"
Step = tuple[str, str]
"""What was thought and done, and what was seen then."""


@dataclass(frozen=True, kw_only=True)
class Consolidate:
    """Turn a run that went well into a workflow and a pipeline of its actions.

    In: experiences with a trajectory, those that went well. Out: the same ones with two entries in ``writes``: kind
    "workflow", what was done and why as numbered lines, to be read before planning; kind "pipeline", the task's words
    and the actions with slots, to be done again by ``solutions.Act(shortcut=...)``. Left out are actions that the world
    refused, and those without which the run reaches no less and no later action has a word out of nowhere.
    Raises: UsageError where the environment cannot be acted in.
    Source: Investigate-Consolidate-Exploit (arXiv:2401.13996), section 3.2. Differs: goals and slots are found by doing
    the run again and by its words, not by a model; a pipeline is a straight line, its one branch is to stop.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"writes"}

    kinds: tuple[Literal["workflow", "pipeline"], ...] = ("workflow", "pipeline")
    """Which entries."""
    slots: bool = True
    """False: a pipeline keeps the values that it was made with."""

    def suits(self, world: Environment) -> Interactive:
        """The world as one that is acted in. Raises: UsageError where it is none; a run asks before it begins."""
        if not offers(world, Interactive):
            raise UsageError(f"Consolidate does runs again, and {world.name} is no world that is acted in")
        return world

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences; one without an action goes on as it is."""
        world = self.suits(ctx.environment)
        done: Batch = []
        for experience in batch:
            task, steps = experience.task, pruned(world, experience.task, said(experience.solution))
            texts = {WORKFLOW: workflow(task, steps), KIND: pipeline(task, steps, slots=self.slots)}
            key = world.key(task)
            new = [
                Entry(text=texts[kind], kind=kind, key=key, source=task.id, experience=experience, round=ctx.round)
                for kind in self.kinds
            ]
            done.append(replace(experience, writes=(*experience.writes, *new)) if steps else experience)
        return done


def said(solution: Solution | None) -> Sequence[Message]:
    """The assistant's turns."""
    return [m for m in solution.messages if m.role == "assistant"] if solution else []


def pruned(world: Interactive, task: Task, turns: Sequence[Message]) -> list[Step]:
    """The turns that the run could not do without, each with what is seen then."""
    steps, score = _again(world, task, [turn.text for turn in turns])
    kept = [text for text, _, why in steps if not why]
    at = 0
    while at < len(kept):  # the first ones first: what was done later was done knowing more
        less = [*kept[:at], *kept[at + 1 :]]
        without, reached = _again(world, task, less)
        holds = reached >= score and not any(why for _, _, why in without)
        if holds and _unheard(task, without) <= _unheard(task, _again(world, task, kept)[0]):
            kept = less
        else:
            at += 1
    return [(text, seen) for text, seen, _ in _again(world, task, kept)[0]]


def _again(world: Interactive, task: Task, texts: Sequence[str]) -> tuple[list[tuple[str, str, str]], float]:
    """Each turn with what is seen then and why it was refused, as far as the run goes; and what is reached."""
    episode, steps = world.begin(task), list[tuple[str, str, str]]()
    for text in texts:
        if episode.over:
            break
        why = episode.refused(action(text))
        episode.act(action(text))
        steps.append((text, episode.seen, why))
    return steps, episode.score


def _unheard(task: Task, steps: Sequence[tuple[str, str, str]]) -> set[str]:
    """Words of actions that neither the task says nor anything that was seen before."""
    heard, found = words(task.messages[-1].text), set[str]()
    for text, seen, _ in steps:
        found |= words(action(text)) - heard
        heard |= words(seen)
    return found


def workflow(task: Task, steps: Sequence[Step]) -> str:
    """The task's first line, then what was thought and done, as numbered lines."""
    lines = [" ".join(text.split()) for text, _ in steps]
    told = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, start=1))
    return f"{task.messages[-1].text.splitlines()[0]}\n{told}"


def pipeline(task: Task, steps: Sequence[Step], *, slots: bool) -> str:
    """The task's words with slots, then the actions with slots."""
    own, known = values(task), words(task.messages[-1].text)
    lines, seen = list[str](), set[str]()
    for text, shown in steps:
        deed = action(text)
        lines.append(_open(opened(deed, own), seen) if slots else deed)
        seen |= words(shown) - known - words(deed)
    return f"{opened(task.messages[-1].text, own)}{MARK}{chr(10).join(lines)}"


def _open(line: str, seen: Set[str]) -> str:
    """The line with an open place for each word that only showed on the way; what is a slot already stays one."""
    return re.sub(r"\{[\w.]+\}|\w+", lambda word: SEEN if word[0].casefold() in seen else word[0], line)


def words(*texts: str) -> set[str]:
    """The words of texts, in small letters."""
    return {word.casefold() for text in texts for word in re.findall(r"\w+", text)}
