"""What the parts look like to each other. Backends implement these; operators see only these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeVar, runtime_checkable

from lamarck.core.exchange import (
    Choice,
    Continuation,
    Entry,
    Harvest,
    Job,
    Merge,
    Phase,
    Request,
    Trained,
)
from lamarck.core.scores import Parties, Scorecard, Verdict
from lamarck.core.types import (
    Batch,
    Experience,
    Feedback,
    Learner,
    Message,
    ModelRef,
    Objective,
    Prompt,
    Solution,
    Split,
    Task,
)

if TYPE_CHECKING:
    from lamarck.core.context import Context

T = TypeVar("T")
Scope = Literal["each", "task", "stream", "all"]
"""What an operator is called with: an experience, a task's, a stream's, or the round's."""
Names = Set[str]
"""Names of fields of an experience."""
By = Literal["meaning", "words", "both"]
"""How memory is searched: what means the same, what says the same, or both rankings fused."""


@runtime_checkable
class Operator(Protocol):
    """One step on experiences: a frozen dataclass that is its own configuration.

    ``scope`` says what it is called with: one experience, all of one task, one stream's, or the
    round's. ``reads``/``writes`` name fields of an experience ("task", "solution", "feedback",
    "rejected", "reference", ...), checked before the first token is paid for.
    """

    scope: ClassVar[Scope]
    reads: ClassVar[Names]
    writes: ClassVar[Names]

    def __call__(self, batch: Batch, ctx: Context, /) -> Batch:
        """In: a batch of this scope. Out: what goes on; an experience left out is dropped."""
        ...


@runtime_checkable
class Update(Protocol):
    """Makes a candidate from a learner and the refined experiences."""

    reads: ClassVar[Names]

    def __call__(self, learner: Learner, batch: Batch, ctx: Context, /) -> Learner:
        """Out: a new learner, or the same one where there is nothing to learn."""
        ...


@runtime_checkable
class Evaluator(Protocol):
    """Scores a learner on items it did not learn from."""

    def __call__(self, learner: Learner, ctx: Context, /) -> Scorecard:
        """Out: the scorecard; the first score is the target's."""
        ...


@runtime_checkable
class Resampling(Protocol):
    """An evaluator that can score on further items: the gate then draws until it can decide."""

    def more(self, learner: Learner, ctx: Context, abilities: Names, skip: Names, /) -> Scorecard:
        """Scores of these abilities on items whose ids are not in ``skip``; no score where there are none."""
        ...


@runtime_checkable
class NextObjective(Protocol):
    """Maps the scorecards so far, oldest first, to the next round's objective."""

    def __call__(self, objective: Objective, scorecards: Sequence[Scorecard], ctx: Context, /) -> Choice:
        """In: today's objective, every champion's scorecard so far, oldest first, and the round: what
        was tried (``ctx.earlier``), a model to ask (``ctx.generate``)."""
        ...


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """The objective stays what it is; every cycle's default."""

    def __call__(self, objective: Objective, scorecards: Sequence[Scorecard], ctx: Context, /) -> Choice:
        """Out: the objective it was given."""
        return Choice(objective=objective, reason="fixed")


Capability = Literal[
    "generate", "chat", "n", "logprobs", "score", "distributions", "embed", "constrain", "train", "tools", "images",
    "rate",
]  # fmt: skip
"""What a model can do: "constrain" holds an answer to given ones, "rate" gives a text a number (``Rating``)."""


class Model(Protocol):
    """A loaded model. Safe to call from many threads; the callers' requests are joined."""

    @property
    def name(self) -> str:
        """As people type it: ``provider/name``."""
        ...

    @property
    def capabilities(self) -> Set[Capability]:
        """What it can do."""
        ...

    def generate(self, requests: Sequence[Request], /) -> list[list[Solution]]:
        """Out: for each request its samples, in order of its seeds. Blocks."""
        ...

    def score(self, texts: Sequence[Continuation], /) -> list[tuple[float, ...]]:
        """Natural-log probability of each token of each text and of its end, [texts][T]. Blocks.

        Raises: CapabilityError where the model cannot.
        """
        ...

    def render(self, prompt: Prompt, /) -> tuple[Message, ...]:
        """The prompt as this model reads it. Raises: CapabilityError for a name it lacks."""
        ...


@runtime_checkable
class Embedding(Protocol):
    """A model that places texts in a space where what is alike lies near."""

    def embed(self, texts: Sequence[str], /) -> list[tuple[float, ...]]:
        """A vector of unit length for each text, [texts][D]. Blocks."""
        ...


@runtime_checkable
class Distributing(Protocol):
    """A model that shows its distributions over tokens."""

    def distributions(self, texts: Sequence[Continuation], k: int, /) -> list[list[Mapping[str, float]]]:
        """The k likeliest tokens with natural-log probabilities at temperature 1 at each token of each text and at its
        end, likeliest first, [texts][T]; the last holds the end mark as "" where that is among them. Blocks."""
        ...


class Budget(Protocol):
    """What may still be spent."""

    @property
    def left(self) -> Mapping[str, float]:
        """What is left by kind ("usd", "tokens", "calls", "minutes"); a kind without a limit is not in it."""
        ...


class Models(Protocol):
    """The models of a run, loaded when first asked for."""

    def learner(self, name: str, /) -> Learner:
        """The untouched learner of a name ``provider/name``. Raises: UsageError with near names."""
        ...

    def open(self, learner: Learner, /) -> Model:
        """The learner's model, ready to answer."""
        ...

    def card(self, model: ModelRef, loss: str, /) -> Mapping[str, Any]:
        """Training values found to work for this model and loss (its ``training.json``)."""
        ...


class Environment(Protocol):
    """A world with tasks and rules."""

    @property
    def name(self) -> str:
        """As people type it."""
        ...

    @property
    def ability(self) -> str:
        """What its tasks measure, in words."""
        ...

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        """Tasks of a split. A fixed set ignores the seed and returns its first n (None = all);
        a generator makes n new ones from (seed, objective), where n is None as many as it pleases, without an error."""
        ...

    def check(self, task: Task, solution: Solution, /) -> Feedback:
        """The world's own verdict. Never raises on what a model wrote."""
        ...

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        """n labelled experiences it can make by itself (replay, seed data, control arms); may be
        empty. None of them is a held-out item."""
        ...

    def protected(self, n: int, seed: int, /) -> Mapping[str, Sequence[Task]]:
        """Abilities that must not get worse: name -> n fresh items from the seed. May be empty."""
        ...

    def key(self, task: Task, /) -> str:
        """Canonical key: equal for two tasks that are the same problem. For leakage checks."""
        ...


class Memory(Protocol):
    """One version of a learner's external memory. It never changes."""

    @property
    def entries(self) -> Sequence[Entry]:
        """All that it holds, oldest first."""
        ...

    def search(
        self,
        query: str,
        k: int,
        /,
        *,
        kind: str = "",
        where: Callable[[Entry], bool] | None = None,
        by: By = "meaning",
        within: int | None = None,
        superseded: bool = False,
    ) -> Sequence[Entry]:
        """The k best entries, best first: those of this kind for which ``where`` holds.

        ``by`` "words" finds only what shares a word with the query. ``within`` leaves those of one
        :meth:`bucket`; what is superseded is passed over unless it is asked for.
        """
        ...

    def bucket(self, text: str, /) -> int:
        """The bucket of a text: what is alike often has the same. It depends on the text alone."""
        ...

    def spread(
        self, query: str, k: int, groups: int, /, *, kind: str = "", where: Callable[[Entry], bool] | None = None
    ) -> Sequence[Sequence[Entry]]:
        """The k nearest entries of each of so many clusters, best first; a cluster without any is left out.

        Clusters depend on the version, the number and the kind alone, never on the query. What is
        superseded is passed over.
        """
        ...

    def session(self, stream: str, /) -> Overlay:
        """A copy-on-write overlay for one dialogue; its writes leave as data."""
        ...


class Overlay(Memory, Protocol):
    """What one dialogue sees of a memory, and writes; the memory itself does not change."""

    def add(self, *entries: Entry) -> None:
        """Remember these, from now on, in this dialogue."""
        ...

    def forget(self, *entries: Entry) -> None:
        """Know these no more, in this dialogue. Raises: UsageError for one that is not here."""
        ...

    @property
    def writes(self) -> Sequence[Entry]:
        """What the dialogue added and did not take back, in order."""
        ...

    @property
    def forgotten(self) -> Sequence[Entry]:
        """What the dialogue forgot of the memory it began with."""
        ...


class Memories(Protocol):
    """All versions of the run's memory; every one stays readable."""

    def open(self, version: str, /) -> Memory:
        """The memory as it was at a version; "" is the empty one."""
        ...

    def commit(self, version: str, entries: Sequence[Entry], /, *, forget: Sequence[Entry] = ()) -> str:
        """Add entries to a version, without those equal to one of ``forget``. Out: the new version's name;
        the same for the same commit."""
        ...


class Trainer(Protocol):
    """Trains weights; the result lies in a new folder under ``into``."""

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        """Raises: UsageError for a loss it does not know."""
        ...

    def merge(self, plan: Merge, into: str, /) -> ModelRef:
        """One model of several. Raises: UsageError where they do not fit together."""
        ...


class Executor(Protocol):
    """Runs operators over a batch without waiting where it need not."""

    def run(self, operators: Sequence[tuple[str, Operator]], batch: Batch, ctx: Context, /) -> Harvest:
        """In: operators with their names ("refinement.Filter"). Out: the batch in input order,
        whatever finished first."""
        ...


class Store(Protocol):
    """The run folder: what was committed is there after any crash."""

    def commit(self, phase: Phase, kind: type[T], make: Callable[[], T], /) -> T:
        """The phase's committed result, or what ``make`` gives, committed."""
        ...

    def batch(self, phase: Phase, /) -> Batch:
        """An earlier phase's committed batch, empty where there is none."""
        ...

    def read(self, phase: Phase, kind: type[T], /) -> T | None:
        """What was committed at this address, None where there is nothing."""
        ...

    def learner(self, hash: str, /) -> Learner:
        """A learner that this run committed, alone or in a state. Raises: UsageError with those there are."""
        ...

    def event(self, kind: str, /, **data: Any) -> None:
        """One line of the event log."""
        ...

    @property
    def learners(self) -> str:
        """The folder new weights are written under, each in a folder named by its content."""
        ...


class Hearing(Protocol):
    """What a gate may ask about learners, by their hashes."""

    @property
    def abilities(self) -> Sequence[str]:
        """What is compared: the target first, then the protected abilities."""
        ...

    def metric(self, ability: str, /) -> str:
        """What one item's outcome is: "greedy", "pass@1"."""
        ...

    def differences(self, learner: str, rival: str, ability: str, /) -> Sequence[float]:
        """Outcomes of one learner minus the rival's, in [-1, 1], on every item both were scored on in
        this stage, oldest first; an item counts once."""
        ...

    def more(self, abilities: Sequence[str], /) -> bool:
        """Score everybody on fresh items of these abilities. Out: whether there were any."""
        ...


class Gate(Protocol):
    """Decides about the candidate."""

    def decide(self, hearing: Hearing, parties: Parties, /) -> Verdict:
        """Out: whether the candidate is promoted, and who is champion and best from now on."""
        ...
