"""A pool of judges that differ in who they are, what they are asked and by luck, as people do who compare answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from lamarck.core import Context, Learner, Prompt, Sampling, UsageError
from lamarck.operators.duels import Duel, one_vote
from lamarck.operators.judging import NOTHING, guarded, once, player, winner
from lamarck.operators.panel import several
from lamarck.trust.agreement import Vote, turned

Order = Literal["random", "both", "first"]
"""Which answer stands first: by lot, each once, or always the answer a."""
NAMED: dict[str, Vote] = {"first": "a", "second": "b", "tie": "tie"}


@dataclass(frozen=True, kw_only=True)
class Annotators:
    """How the pool is made: every role with every prompt. Each comparison draws one of them.

    Source: AlpacaFarm (arXiv:2305.14387), section 3: a pool of judge configurations, one drawn for each comparison, and
    labels turned round at a rate of 0.25 where people's disagreement is to be imitated. Differs: the prompts and models
    are the user's, so how many configurations there are is too; the paper's have several pairs in one prompt, and
    examples, in some.
    """

    prompts: tuple[str, ...]
    """Names of prompts; see ``WinRate.prompt`` for their fields."""
    temperature: float = 1.0
    flip: float = 0.0
    """Share of the verdicts that are turned round; a tie stays one."""
    order: Order = "random"
    once: bool = True
    """Show no line of an answer that an earlier line has said."""
    max_tokens: int | None = 2048

    def __post_init__(self) -> None:
        if not self.prompts:
            raise UsageError('a pool of annotators needs prompts; give it some, as ("alpacafarm/asker",)')
        if not 0 <= self.flip <= 1:
            raise UsageError(f"flip is {self.flip}; give the share of verdicts that are turned round, from 0 to 1")

    def seated(self, roles: str, ctx: Context, asker: str) -> Pool:
        """The pool of the roles, with commas between. Raises: UsageError for a role that nobody plays."""
        return Pool(how=self, judges=tuple(player(role, ctx, asker) for role in several(roles)))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Who compares one pair, and how."""

    judge: int
    prompt: str
    orders: tuple[int, ...]
    """0: a stands first; 1: b does."""
    flips: bool


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Annotators at work."""

    how: Annotators
    judges: tuple[Learner, ...]

    @property
    def trusted(self) -> bool:
        """Nobody has tried them on anchors."""
        return False

    def votes(self, duels: Sequence[Duel], ctx: Context) -> tuple[list[Vote | None], int]:
        """One vote a pair, and how many replies could not be read."""
        drawn = [self._draw(ctx.rng("annotator", duel.key)) for duel in duels]
        said: list[list[Vote | None]] = [[] for _ in duels]
        for number, judge in enumerate(self.judges):
            mine = [at for at, one in enumerate(drawn) if one.judge == number]
            asked = [(at, order) for at in mine for order in drawn[at].orders]
            prompts = [self._shown(duels[at], drawn[at].prompt, order, ctx) for at, order in asked]
            keys = [f"{duels[at].key} {order}" for at, order in asked]
            sampling = Sampling(temperature=self.how.temperature, max_tokens=self.how.max_tokens)
            replies = ctx.generate(prompts, keys, role=judge, sampling=sampling) if prompts else []
            for (at, order), (reply,) in zip(asked, replies, strict=True):
                vote = NAMED.get(winner(reply.text) or "")
                said[at].append(turned(vote) if order else vote)
        settled: list[Vote | None] = [one_vote(tuple(votes)) for votes in said]
        unread = sum(vote is None for votes in said for vote in votes)
        flipped: list[Vote | None] = [
            turned(vote) if one.flips else vote for one, vote in zip(drawn, settled, strict=True)
        ]
        return flipped, unread

    def _draw(self, rng: Random) -> Drawn:
        judge, prompt = rng.randrange(len(self.judges)), rng.choice(self.how.prompts)
        first, flips = rng.randrange(2), rng.random() < self.how.flip
        orders = {"random": (first,), "both": (0, 1), "first": (0,)}[self.how.order]
        return Drawn(judge=judge, prompt=prompt, orders=orders, flips=flips)

    def _shown(self, duel: Duel, prompt: str, order: int, ctx: Context) -> Prompt:
        a, b = (once(text) if self.how.once else text for text in (duel.a, duel.b))
        first, second = (b, a) if order else (a, b)
        data = {"task": duel.asked, "reference": duel.reference or NOTHING, "first": first, "second": second}
        return guarded(prompt, duel.fields, ctx, f"{duel.key} {order}", **data)
