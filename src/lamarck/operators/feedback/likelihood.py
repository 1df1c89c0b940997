"""How likely a model finds a text, under one condition or under two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

from lamarck.core import Batch, Context, Experience, Feedback, Names, Prompt, Scope, UsageError
from lamarck.operators.inventing import words

BARE = "likelihood/bare"
"""The prompt that says nothing: a text after it stands alone."""
Part = Literal["solution", "task", "answer"]


class Value(NamedTuple):
    """What a text is worth: nats in all and a token, and how many tokens it has."""

    total: float
    mean: float
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Likelihood:
    """Score a text by its log-likelihood under one condition, less that under another. A condition is a role and a
    prompt.

    In: experiences of one task. Out: the same ones with feedback: a score in nats, no verdict. A text's end counts.
    ``details`` has "total", "per_token" (total by the number of tokens, for long texts are unlikely texts) and
    "tokens". A text that is missing, or that a condition makes impossible, gets no score, which is not 0.
    A mean a token is -log PPL, less that of a second condition log(PPL second / PPL first); a ratio below 1 is a log
    below 0. With y = solution and x = task, IFD = PPL(y|x) / PPL(y): first ``likelihood/bare``, then the task's own
    prompt give log IFD, the other way round -log IFD. r-IFD = PPL(x|y) / PPL(x): with of="task", first a prompt that
    shows the solution and asks for the task, then ``likelihood/bare`` give -log r-IFD.
    Raises: UsageError for a task scored after itself, or a margin of what is no solution.
    Source: the verifier of V-STaR (arXiv:2402.06457), section 3.3, after DPO (arXiv:2305.18290), whose reward is
    this difference times beta; IFD and r-IFD of Selective Reflection-Tuning (arXiv:2402.10110), section 3; ``margin``
    of two prompts DLMA (arXiv:2402.11907), section 3.
    Differs: a chat model's text that stands alone still follows the marks of an empty request.
    """

    scope: ClassVar[Scope] = "task"
    needs: ClassVar[Names] = {"score"}
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = {"feedback"}

    role: str = "verifier"
    prompt: str = ""
    """Name of the prompt that the text follows, "" = the one that training shows. Its fields: the task's own, "task"
    (its words) and "solution", each unless it is the text itself."""
    against: str = ""
    """The role whose log-likelihood is taken off, "" = none, or ``role`` where ``against_prompt`` is given."""
    against_prompt: str = ""
    """The prompt that the text follows there, as in ``prompt``."""
    of: Part = "solution"
    """"task": its words; "answer": the task's reference."""
    per_token: bool = False
    """The score is a mean a token, not the sum."""
    margin: bool = False
    """Less the same of the rejected text, beside which the solution stands."""

    def __post_init__(self) -> None:
        """What is read depends on the settings; the checker asks the instance. Raises: UsageError."""
        conditions = [self.prompt, *([self.against_prompt] if self.against or self.against_prompt else [])]
        if self.of == "task" and "" in conditions:
            raise UsageError(
                f"Likelihood(of='task') after the task itself says nothing; give a prompt, '{BARE}' for a task alone"
            )
        if self.margin and self.of != "solution":
            raise UsageError(
                f"Likelihood(margin=True) compares two solutions, not of='{self.of}'; leave one of them out"
            )
        more = {"reference"} if self.of == "answer" else {"rejected"} if self.margin else set[str]()
        shown = {"solution"} if self.of == "solution" or set(conditions) != {BARE} else {"task"}
        object.__setattr__(self, "reads", frozenset(shown | more))

    @property
    def roles(self) -> frozenset[str]:
        """Who is asked, beside the learner."""
        return frozenset((self.role, self.against)) - {"", "learner"}

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: each with its score."""
        values = self._values(batch, ctx)
        if self.margin:
            rejected = self._values([replace(e, solution=e.rejected) for e in batch], ctx)
            values = [_less(one, other) for one, other in zip(values, rejected, strict=True)]
        return [replace(e, feedback=self._told(value)) for e, value in zip(batch, values, strict=True)]

    def _values(self, batch: Batch, ctx: Context) -> list[Value | None]:
        """What each text is worth under the first condition less the second; None where there is no text."""
        texts = [self._text(e) for e in batch]
        given = [(e, text) for e, text in zip(batch, texts, strict=True) if text is not None]
        mine = self._scored(self.role, self.prompt, given, ctx)
        theirs = [(0.0,)] * len(given)
        if self.against or self.against_prompt:
            theirs = self._scored(self.against or self.role, self.against_prompt, given, ctx)
        totals = [(sum(one) - sum(other), len(one)) for one, other in zip(mine, theirs, strict=True)]
        found = iter([Value(total, total / tokens, tokens) for total, tokens in totals])
        return [None if text is None else next(found) for text in texts]

    def _text(self, e: Experience) -> str | None:
        """What is scored; None where it, or the solution that a prompt shows, is missing."""
        if e.solution is None and "solution" in self.reads:
            return None
        if self.of == "solution":
            return e.solution and e.solution.text
        if self.of == "task":
            return words(e.task)
        return e.task.reference and e.task.reference.read()

    def _scored(
        self, role: str, prompt: str, given: Sequence[tuple[Experience, str]], ctx: Context
    ) -> list[tuple[float, ...]]:
        asked = [self._asked(prompt, e) for e, _ in given]
        return ctx.score(asked, [text for _, text in given], role=role) if given else []

    def _asked(self, name: str, e: Experience) -> Prompt:
        """The prompt of this name, which does not show the text itself."""
        if not name:
            return e.prompt
        task = {} if self.of == "task" else {"task": words(e.task)}
        solution = {"solution": e.solution.text} if e.solution and self.of != "solution" else {}
        return Prompt(name=name, fields={**e.task.fields, **task, **solution})

    def _told(self, value: Value | None) -> Feedback:
        source = f"likelihood:{self.role}"
        if value is None or not math.isfinite(value.total):
            missing = {"answer": "no answer, or no solution"}.get(self.of, "no solution")
            return Feedback(text=missing if value is None else "no likelihood", source=source)
        score = value.mean if self.per_token else value.total
        details = {"total": value.total, "per_token": value.mean, "tokens": value.tokens}
        return Feedback(score=score, source=source, details=details)


def _less(one: Value | None, other: Value | None) -> Value | None:
    if one is None or other is None:
        return None
    return Value(one.total - other.total, one.mean - other.mean, one.tokens)
