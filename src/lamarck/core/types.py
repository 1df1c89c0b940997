"""The values of the cycle. All are frozen; a change makes a new value.

The survey's symbols (arXiv:2404.14387, section 2): objective E, task T, solution Y, feedback F,
experience [T, Y, F], learner M (weights, memory, prompt, way of answering).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from lamarck.core.describe import describe
from lamarck.core.errors import LabelError

if TYPE_CHECKING:
    from lamarck.core.exchange import Entry
    from lamarck.core.protocols import Operator

Direction = Literal["performance", "feedback", "knowledge", "safety"]
"""The survey's four directions of an objective (section 3)."""
Split = Literal["practice", "selection", "sealed"]
"""What may be learned from; what gate and objectives look at; what is scored once, at the end."""
Fields = Mapping[str, str]
Parameters = Mapping[str, "str | int | float | bool | None"]


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What this round tries to improve [E]."""

    ability: str
    """What is to improve, in words: "reasoning", "acting"."""
    direction: Direction = "performance"
    metric: str = "accuracy"
    goal: Literal["maximise", "minimise"] | float = "maximise"
    """A number means: towards this value."""
    node: str = ""
    """Path in the tree of abilities, "" = the root."""
    parameters: Parameters = field(default_factory=dict[str, "str | int | float | bool | None"])
    """What the environment's generator understands: kind, depth, language, count."""
    norm: str = ""
    """What counts as good conduct this round, in words; for those who judge, never for those who act."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture in a message, by content: ``digest`` (SHA-256) and where it lies."""

    path: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A function call a model asked for; ``arguments`` is its JSON text, as the model wrote it."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn. ``author`` says which learner or person wrote it (multi-author training masks)."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    author: str = ""
    images: tuple[Image, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    call: str = ""
    """For role "tool": the id of the call this observation answers."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What a model is asked: a name and fields, rendered by the model layer.

    A model that reads text renders ``prompts/<name>.md`` with the fields, or ``messages`` where the
    prompt is the task itself (name ``task/<kind>``). A model with a format of its own renders the
    name from its ``prompts.json``.
    """

    name: str
    fields: Fields = field(default_factory=dict[str, str])
    messages: tuple[Message, ...] = ()


class Reference:
    """A label behind a guard: :meth:`read` gives it unless it was sealed.

    Sealed by the loop for recipes that declare that they learn without labels. Never printed.
    Raises: LabelError when read while sealed.
    """

    __slots__ = ("_sealed", "_value")

    def __init__(self, value: str, *, sealed: str = "") -> None:
        self._value = value
        self._sealed = sealed

    def read(self) -> str:
        """The label."""
        if self._sealed:
            raise LabelError(f"a reference was read, but {self._sealed}; remove the reader or declare labels=...")
        return self._value

    def seal(self, why: str) -> Reference:
        """The same label, unreadable: ``why`` completes "a reference was read, but ..."."""
        return Reference(self._value, sealed=why)

    def open(self) -> Reference:
        """The same label, readable. For the environment's verifier and the run store only."""
        return Reference(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "<reference>"


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something to do [T]."""

    id: str
    """Unique in the run; the same task made again has the same id."""
    kind: str
    """Which format it is of ("countdown"): names the prompt ``task/<kind>``."""
    messages: tuple[Message, ...]
    """The task in words."""
    fields: Fields = field(default_factory=dict[str, str])
    """The same task as named values, for models with a format of their own."""
    reference: Reference | None = None
    private: Fields = field(default_factory=dict[str, str])
    """Text by role that only this role may see (a patient's disease, an oracle's target)."""
    stream: str = ""
    """Tasks of one stream (a dialogue over days) are met in order."""
    split: Split = "practice"
    source: str = ""
    parameters: Parameters = field(default_factory=dict[str, "str | int | float | bool | None"])

    @property
    def prompt(self) -> Prompt:
        """The task asked as it stands."""
        return Prompt(name=f"task/{self.kind}", fields=self.fields, messages=self.messages)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one sample; ``seconds`` is wall time, information only."""

    prompt: int = 0
    completion: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Solution:
    """An attempt at a task [Y]: what the model wrote, with tool calls and observations if any."""

    messages: tuple[Message, ...]
    author: str = ""
    """Hash of the learner, or the role's name, that wrote it; ``provider/name`` of one model among several."""
    answer: str | None = None
    """The final answer where an operator has extracted one."""
    logprobs: tuple[float, ...] = ()
    """Natural-log probability of each completion token at temperature 1, [T]."""
    usage: Usage = Usage()
    stop: Literal["stop", "length", "filtered", "refused", "empty", "unparsable", "error"] = "stop"
    """How it ended. "refused": the model said it would not; "unparsable": not of the form that was asked for;
    "error": no answer came."""

    @property
    def text(self) -> str:
        """The last assistant turn."""
        return next((m.text for m in reversed(self.messages) if m.role == "assistant"), "")


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What came back [F]: a score (higher is better), a verdict, words, or any of them."""

    score: float | None = None
    passed: bool | None = None
    text: str = ""
    source: str = ""
    """Who says so: "verifier", "judge:<learner>", "vote"."""
    details: Parameters = field(default_factory=dict[str, "str | int | float | bool | None"])


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where an experience came from, enough to make it again."""

    operator: str = ""
    learner: str = ""
    seed: int = 0
    temperature: float = 1.0
    round: int = 0


@dataclass(frozen=True, kw_only=True)
class Experience:
    """[T, Y, F]. With ``rejected`` set it is a preference pair, so pairs are no other type."""

    task: Task
    solution: Solution | None = None
    rejected: Solution | None = None
    feedback: Feedback | None = None
    asked: Prompt | None = None
    """The prompt the solution was sampled with (may hold a hint)."""
    keep: Prompt | None = None
    """The prompt to train on; None = the task's own. A hint in ``asked`` cannot leak into training."""
    author: str = ""
    """Hash of the learner that shall answer, where a search has several out; "" = the role's."""
    weight: float = 1.0
    sample: int = 0
    """Index among the samples of this task in this round."""
    origin: Origin = Origin()
    writes: tuple[Entry, ...] = ()
    """What memory shall hold of it; an update writes it there."""

    @property
    def id(self) -> str:
        """Unique in a round."""
        return f"{self.task.id}#{self.sample}"

    @property
    def prompt(self) -> Prompt:
        """What training shows the learner."""
        return self.keep or self.task.prompt

    @property
    def score(self) -> float:
        """The feedback's score; a verdict without score counts 1 or 0, nothing counts 0."""
        if self.feedback is None:
            return 0.0
        if self.feedback.score is not None:
            return self.feedback.score
        return 1.0 if self.feedback.passed else 0.0


Batch = list[Experience]
"""Experiences on their way through a phase, in order."""
Predicate = Callable[[Experience], bool]
"""A condition on an experience, such as ``passed``."""


@dataclass(frozen=True, kw_only=True)
class ModelRef:
    """Weights by name and content.

    ``name`` is ``provider/name`` ("pupil/game24", "openai/<model>") and decides who loads it;
    ``folder`` is where trained weights lie, "" for those the provider finds itself. ``digest`` is
    the SHA-256 over the folder's files, or the name and revision where weights are out of reach.
    """

    name: str
    digest: str
    folder: str = ""

    @property
    def provider(self) -> str:
        """The part of the name before the first slash."""
        return self.name.split("/", 1)[0]


@dataclass(frozen=True, kw_only=True)
class Learner:
    """What evolves [M]: weights, adapters, memory, prompt and the way of answering, as one version."""

    model: ModelRef
    adapters: Mapping[str, ModelRef] = field(default_factory=dict[str, ModelRef])
    memory: str = ""
    """Version of the memory, "" = none."""
    prompt: str = ""
    """System prompt."""
    answer: Operator | None = None
    """How this learner answers; None = one sample."""
    parent: str = ""
    """Hash of the learner it was made from; not part of its own hash."""

    @cached_property
    def hash(self) -> str:
        """Sixteen hex digits over what it is, not over where it lies or came from."""
        parts = {
            "model": self.model.digest,
            "adapters": {name: ref.digest for name, ref in sorted(self.adapters.items())},
            "memory": self.memory,
            "prompt": self.prompt,
            "answer": describe(self.answer),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def passed(experience: Experience) -> bool:
    """Whether the feedback says the solution is right."""
    return experience.feedback is not None and bool(experience.feedback.passed)


def sound(experience: Experience) -> bool:
    """Whether it passed and no step on the way is known to be false, where the verdict speaks of steps: its detail
    "sound" is not False."""
    return (
        passed(experience) and experience.feedback is not None and experience.feedback.details.get("sound") is not False
    )


def failed(experience: Experience) -> bool:
    """Whether there is feedback and it does not say the solution is right."""
    return experience.feedback is not None and not experience.feedback.passed


def by_task(batch: Batch) -> list[Batch]:
    """The batch in groups of one task each, in order of first appearance."""
    groups: dict[str, Batch] = {}
    for experience in batch:
        groups.setdefault(experience.task.id, []).append(experience)
    return list(groups.values())
