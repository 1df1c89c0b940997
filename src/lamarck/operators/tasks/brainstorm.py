"""Tasks that a model thinks of, level under level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import (
    Batch,
    Context,
    Experience,
    Inventing,
    Message,
    Names,
    Prompt,
    Reference,
    Sampling,
    Scope,
    Solution,
    Task,
    UsageError,
    offers,
)
from lamarck.operators.branching import Branch, Growth, Level, cut, wrong
from lamarck.operators.descent import born
from lamarck.operators.inventing import KIND, aim, instruction, origin, read, wanted, words

SOURCE = "brainstorm"
NONE = "(none yet)"


@dataclass(frozen=True, kw_only=True)
class Brainstorm:
    """Breadth-first lists by a model: below each find of a level so many of the next; the last level's are tasks.

    In: tasks, which stay and to which new ones are added; with ``roots="tasks"`` the tree grows from them, and they are
    left out. Out: one experience a find of the last level, and of those that say so, level after level, under the
    round's objective. What was found above stands in its fields by the levels' names, with "start" and "path" (see
    ``Level.prompt``), or in ``Task.private``. An environment that is ``Inventing`` reads the finds that are to be
    tasks. All calls of a level are asked together. A branch that stays short of its number is named with the reason and
    goes on with what it has; one that has nothing ends. Raises: UsageError for levels that no run could follow.
    Source: Self-Align (arXiv:2305.03047), section 3.1, for types, topics and questions and for ``balance``; UltraChat
    (arXiv:2305.14233), section 3.1, for quotas; SOLID (arXiv:2402.11633) for entities by letter; MEEL
    (arXiv:2404.10429) for events under drawn relations. Differs: one temperature for all levels; quotas draw evenly
    from all branches; what is lacking is asked for again with the finds so far in view.
    """

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = set[str]()
    writes: ClassVar[Names] = {"task"}

    levels: tuple[Level, ...]
    """From the top. The first may be given: what all begins with."""
    roots: Literal["", "tasks"] = ""
    """"tasks": a tree below each task that comes in, whose fields its finds inherit; "" = one, below the objective."""
    balance: bool = False
    """Below each find as many as below the one that has fewest, on every level."""
    answer: bool = False
    """A find is not the task but its answer, ``Task.reference``; what is asked is what stands above it."""
    options: int = 0
    """With ``answer``: the field "options" holds up to so many finds, numbered in random order: the right one, and
    wrong ones of the tree, from below the same task first. A find beside which there is none is dropped."""
    role: str = "learner"
    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int | None = None
    tries: int = 3
    """Times that a branch is asked for what it lacks, at most."""

    def __post_init__(self) -> None:
        """With roots it reads tasks; the checker asks the instance."""
        if (
            not self.levels
            or self.levels[-1].given
            or self.tries < 1
            or (self.options and not self.answer)
            or self.options == 1
        ):
            raise UsageError(
                "Brainstorm needs levels, a prompt for the last one, tries from 1, and answer=True where it has options"
            )
        object.__setattr__(self, "reads", frozenset({"task"} if self.roots else ()))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the tasks; ``--tasks-limit`` caps them, and what each level keeps on the way."""
        limit = ctx.limits.tasks
        ways = [Branch(start=e.task) for e in batch[:limit]] if self.roots else [Branch()]
        found: list[Branch] = []
        for depth, level in enumerate(self.levels):
            at = ctx.under(f"{depth}.{level.name}")
            last = depth == len(self.levels) - 1
            states = (last or level.tasks) and not self.answer and offers(ctx.environment, Inventing)
            below = _given(level, ways, at) if level.given else self._listed(level, ways, at, states=states)
            quota = min((each for each in (level.quota, limit) if each is not None), default=None)
            ways = cut(below, quota, balance=self.balance, rng=at.rng("quota"))
            found += ways if last or level.tasks else []
        kin = dict[str, list[Branch]]()
        for way in found:
            kin.setdefault(way.root, []).append(way)
        made = [self._made(way, kin[way.root], found, ctx) for way in found]
        return [*([] if self.roots else batch), *(e for e in made if e)][:limit]

    def _listed(self, level: Level, ways: Sequence[Branch], ctx: Context, *, states: bool) -> list[list[Branch]]:
        """Below each way what a model lists, asked again for what is lacking."""
        alike = set[str]()
        below = [Growth(way=way, level=level, met=alike if level.unique == "level" else set()) for way in ways]
        sampling = Sampling(temperature=self.temperature, top_p=self.top_p, max_tokens=self.max_tokens)
        for time in range(self.tries):
            asked = [
                (one, f"{one.way.key}.{time}.{reply}")
                for one in below
                for reply in range(one.lacking if level.whole else min(one.lacking, 1))
            ]
            prompts, keys = [self._prompt(one, key, ctx) for one, key in asked], [key for _, key in asked]
            replies = ctx.generate(prompts, keys, role=self.role, sampling=sampling) if asked else []
            for (one, key), (reply,) in zip(asked, replies, strict=True):
                one.take(reply, key, (lambda find: _stated(find, ctx)) if states else None)
        for one in below:
            if one.lacking:
                named = instruction(f"{SOURCE}/{one.way.key}", one.way.words(), SOURCE)
                ctx.drop(Experience(task=named), one.told(self.tries))
        return [one.finds for one in below]

    def _prompt(self, grown: Growth, key: str, ctx: Context) -> Prompt:
        level, way = grown.level, grown.way
        known = "\n".join(one.find for one in grown.finds) or NONE
        n = 1 if level.whole else grown.lacking
        about = {**wanted(ctx, ctx.rng(key).getrandbits(63)), **{each.name: "" for each in self.levels}}
        shown = {**self._fields(way, ctx), **way.named(), "path": way.words(private=True)}
        return Prompt(name=level.prompt, fields={**about, **shown, "n": str(n), "known": known})

    def _fields(self, way: Branch, ctx: Context) -> dict[str, str]:
        """What a way says to everybody: each level's name, "" where it does not go so deep, "start" and "path"."""
        own = dict(way.start.fields) if way.start else {}
        start = words(way.start) if way.start else aim(ctx.objective)
        blank = {level.name: "" for level in self.levels if not level.private}
        return {**own, **blank, **way.named(""), "start": start, "path": way.words()}

    def _made(self, way: Branch, mine: Sequence[Branch], every: Sequence[Branch], ctx: Context) -> Experience | None:
        if self.answer:
            rng = ctx.rng("options", way.key)
            options = [way.find, *wrong(way, mine, every, self.options - 1, rng)] if self.options else []
            task = _asking(way, self._fields(way.above, ctx), rng.sample(options, len(options)))
            if len(options) == 1:
                ctx.drop(Experience(task=task), f"nothing wrong to choose among beside '{way.find}'")
                return None
        else:
            task = _asked(way, self._fields(way, ctx))
        task = replace(task, private={**task.private, **way.private()})
        level = way.path[-1][0].name
        task = born(task, way.start, by=level) if way.start else task
        task = replace(task, source=SOURCE, parameters={**task.parameters, "level": level})
        made_by = origin(ctx, ctx.role(self.role), way.asked, self.temperature)
        return Experience(task=ctx.seal(task), origin=made_by)


def _given(level: Level, ways: Sequence[Branch], ctx: Context) -> list[list[Branch]]:
    """Below each way the given finds, or some by chance, in their order."""
    every = range(len(level.given))
    chosen = [sorted(ctx.rng(way.key).sample(every, level.wanted)) for way in ways]
    return [[way.below(level, level.given[at]) for at in some] for way, some in zip(ways, chosen, strict=True)]


def _stated(find: str, ctx: Context) -> tuple[Task | None, str]:
    """The environment's task that a find states, or why it states none."""
    task, why = read(Solution(messages=(Message(role="assistant", text=find),)), ctx, SOURCE)
    return task, "" if task else why


def _asked(way: Branch, about: Mapping[str, str]) -> Task:
    """The find as the task, of the environment's kind where it has read it."""
    stated = way.task or instruction(f"{SOURCE}/{way.key}", way.find, SOURCE)
    return replace(stated, fields={**about, **stated.fields})


def _asking(way: Branch, about: Mapping[str, str], options: Sequence[str]) -> Task:
    """The find as the answer to what stands above it."""
    shown = {"options": "\n".join(f"{number}. {one}" for number, one in enumerate(options, start=1))}
    text = f"{about['start']}\n{about['path']}\n{way.path[-1][0].name}: ?"
    return Task(
        id=f"{SOURCE}/{way.key}",
        kind=KIND,
        messages=(Message(role="user", text=text),),
        fields={**about, **(shown if options else {})},
        reference=Reference(way.find),
        source=SOURCE,
    )
