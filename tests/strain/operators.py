"""Operators the strain recipes need and nobody has written yet: named and shaped as they will be, but they raise.

``step`` names the issue each comes with. Where a real operator lacks a field, its stub is a subclass of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tests.strain.updates import (
    DPO as DPO,
)
from tests.strain.updates import (
    PPO as PPO,
)
from tests.strain.updates import (
    SFT as SFT,
)
from tests.strain.updates import (
    AnswerWith as AnswerWith,
)
from tests.strain.updates import (
    Elect as Elect,
)
from tests.strain.updates import (
    EvolveMerge as EvolveMerge,
)
from tests.strain.updates import (
    EvolveProfiles as EvolveProfiles,
)
from tests.strain.updates import (
    EvolvePrompts as EvolvePrompts,
)
from tests.strain.updates import (
    Grade as Grade,
)
from tests.strain.updates import (
    OnLearner,
)
from tests.strain.updates import (
    Remember as Remember,
)
from tests.strain.updates import (
    RememberWrites as RememberWrites,
)
from tests.strain.updates import (
    ShiftNorm as ShiftNorm,
)
from tests.strain.updates import (
    WinRate as WinRate,
)

from lamarck.core import Batch, Context, Names, Operator, Predicate, Scope, Split

NOTHING: Names = frozenset()


@dataclass(frozen=True, kw_only=True)
class OnBatch:
    """An operator to come."""

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = NOTHING
    writes: ClassVar[Names] = NOTHING
    step: ClassVar[str] = "2"

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        raise NotImplementedError(f"{type(self).__name__} comes with step {self.step}")


# --- tasks ---


@dataclass(frozen=True, kw_only=True)
class Examples(OnBatch):
    """The environment's own labelled examples, as experiences with a solution: what seed SFT trains on."""

    scope: ClassVar[Scope] = "all"
    writes: ClassVar[Names] = {"task", "solution"}
    n: int | None = None


@dataclass(frozen=True, kw_only=True)
class Earlier(OnBatch):
    """What a phase of an earlier stage gave in all its rounds: "feedback" holds the failures too."""

    scope: ClassVar[Scope] = "all"
    writes: ClassVar[Names] = {"task", "solution", "feedback"}
    stage: str = ""
    phase: str = "feedback"
    per_class: int | None = None
    """At most so many of each label, nearest to the centres of k-means."""


@dataclass(frozen=True, kw_only=True)
class Slice(OnBatch):
    """Part ``part`` (from 0) of ``of`` equal, disjoint parts of a split; the same in every run of this seed."""

    scope: ClassVar[Scope] = "all"
    writes: ClassVar[Names] = {"task"}
    step: ClassVar[str] = "7"
    part: int = 0
    of: int = 1
    split: Split = "practice"


@dataclass(frozen=True, kw_only=True)
class SelfInstruct(OnBatch):
    """New tasks by few-shot prompting over a pool that grows: ``human`` seed items and ``machine`` made ones shown."""

    scope: ClassVar[Scope] = "all"
    writes: ClassVar[Names] = {"task"}
    step: ClassVar[str] = "7"
    n: int = 100
    human: int = 6
    machine: int = 2
    role: str = "learner"
    novel: str = "task"
    """What must be new: the task's text or its answer."""


@dataclass(frozen=True, kw_only=True)
class Evolve(OnBatch):
    """Rewrite each task harder (in depth) or make a rarer sibling (in breadth), ``times`` over."""

    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"task"}
    step: ClassVar[str] = "7"
    times: int = 1
    role: str = "learner"


@dataclass(frozen=True, kw_only=True)
class PerCandidate(OnBatch):
    """Every task for every candidate that a search has out this round; ``Sample(role="author")`` obeys."""

    scope: ClassVar[Scope] = "all"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"author"}
    of: OnLearner


# --- solutions ---


@dataclass(frozen=True, kw_only=True)
class Hinted(OnBatch):
    """Sample with the right answer shown in the prompt; the prompt kept for training is the task's own."""

    reads: ClassVar[Names] = {"task", "reference"}
    writes: ClassVar[Names] = {"solution"}
    prompt: str = ""
    temperature: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Labelled(OnBatch):
    """The reference as the solution: supervised data."""

    reads: ClassVar[Names] = {"task", "reference"}
    writes: ClassVar[Names] = {"solution"}


@dataclass(frozen=True, kw_only=True)
class Act(OnBatch):
    """Thought, action, observation, until the world says it is over or the steps are spent."""

    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}
    step: ClassVar[str] = "solutions, feedback, refinement"
    prompt: str = ""
    role: str = "learner"
    max_steps: int = 20
    tools: bool = False
    """Ask the role first which tools of the environment it needs."""


@dataclass(frozen=True, kw_only=True)
class Dialogue(OnBatch):
    """Roles take turns; each sees the dialogue and its own private text of the task."""

    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}
    step: ClassVar[str] = "solutions, feedback, refinement"
    roles: tuple[str, ...] = ()
    last: str = ""
    """Who ends it with the answer."""
    max_turns: int = 10


@dataclass(frozen=True, kw_only=True)
class PagedChat(OnBatch):
    """A dialogue by function calls over core memory, a message queue with a summary, recall and archive."""

    scope: ClassVar[Scope] = "stream"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution", "writes"}
    step: ClassVar[str] = "8"
    window: int = 8000
    warn_at: float = 0.75
    evict: float = 0.75
    keep_last: int = 3
    page: int = 5
    heartbeats: int = 10


# --- ways of answering ---


@dataclass(frozen=True, kw_only=True)
class Recall(OnBatch):
    """One remembered example from each of k clusters, which the learner picks itself, then a greedy answer."""

    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}
    prompt: str = ""
    clusters: int = 4
    nearest: int = 10
    choose: str = "learner"


@dataclass(frozen=True, kw_only=True)
class GroupPlan(OnBatch):
    """Plan, then tool, then observation, each by its own adapter, until done; one reflection at the end."""

    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}
    step: ClassVar[str] = "in-weight updating"
    plan: str = "plan"
    tool: str = "tool"
    reflect: str = "reflect"
    max_steps: int = 10


@dataclass(frozen=True, kw_only=True)
class Route(OnBatch):
    """The selector names the ``top`` adapters for a task; only those answer, the best score wins."""

    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}
    step: ClassVar[str] = "in-weight updating"
    selector: str = "selector"
    top: int = 1


# --- feedback ---


@dataclass(frozen=True, kw_only=True)
class Judge(OnBatch):
    """A role grades each solution by a rubric; the mean of ``votes`` samples, no score where none can be read."""

    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}
    prompt: str = ""
    role: str = "judge"
    votes: int = 1
    highest: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Vote(OnBatch):
    """The answer most solutions of a task give: those that agree pass; score = share, ``details`` has the entropy."""

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}


# --- refinement ---


@dataclass(frozen=True, kw_only=True)
class Retry(OnBatch):
    """Solve those for which ``where`` holds once more, in another way, and check again. The rest go on as they are."""

    reads: ClassVar[Names] = {"solution", "feedback"}
    writes: ClassVar[Names] = {"solution", "feedback"}
    where: Predicate
    solve: Operator
    check: Operator


@dataclass(frozen=True, kw_only=True)
class BestWorst(OnBatch):
    """Pair each task's best solution with its worst; a tie gives no pair."""

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"solution", "feedback"}
    writes: ClassVar[Names] = {"rejected"}


@dataclass(frozen=True, kw_only=True)
class Certain(OnBatch):
    """Keep one majority solution of each task whose votes have less entropy (in nats) than ``below``."""

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"feedback"}
    below: float = 0.3


@dataclass(frozen=True, kw_only=True)
class Formats(OnBatch):
    """Each experience in several forms of prompt and answer; ``keep`` says what training shows."""

    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"solution", "keep"}
    prompts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Take(OnBatch):
    """n experiences at random, all where there are fewer."""

    scope: ClassVar[Scope] = "all"
    n: int = 100


@dataclass(frozen=True, kw_only=True)
class Differentiate(OnBatch):
    """Cut a trajectory into one experience for each part's turns; ``task.kind`` names the part."""

    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"task", "solution"}
    step: ClassVar[str] = "solutions, feedback, refinement"
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Hindsight(OnBatch):
    """A failed episode becomes a success at the goal that it did reach."""

    reads: ClassVar[Names] = {"task", "solution", "feedback"}
    writes: ClassVar[Names] = {"task", "feedback"}
    step: ClassVar[str] = "solutions, feedback, refinement"


@dataclass(frozen=True, kw_only=True)
class Revise(OnBatch):
    """Rewrite each solution by a prompt, its facts kept."""

    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"solution"}
    step: ClassVar[str] = "solutions, feedback, refinement"
    prompt: str = ""
    role: str = "learner"
