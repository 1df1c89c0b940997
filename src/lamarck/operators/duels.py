"""Two answers before a judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from lamarck.core import Context, Learner, Prompt, Sampling
from lamarck.operators.judging import NOTHING, guarded, once, winner
from lamarck.trust.agreement import Vote, settled, turned


@dataclass(frozen=True, kw_only=True)
class Duel:
    """A question and the answers a and b."""

    key: str
    """What the seeds of its calls come from."""
    asked: str
    a: str
    b: str
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """The task's own."""
    reference: str = ""


Votes = tuple[Vote | None, ...]
"""One with a shown first, and one with b shown first where both orders are asked; named by answer."""
Ask = Callable[[Sequence[Duel], Learner, Context], list[Votes]]
"""A way to ask one judge about many pairs."""


@dataclass(frozen=True, kw_only=True)
class Comparing:
    """Asks for a verdict on each pair, in both orders."""

    prompt: str
    swap: bool = True
    once: bool = True
    max_tokens: int | None = 2048

    def __call__(self, duels: Sequence[Duel], judge: Learner, ctx: Context) -> list[Votes]:
        """Out: the votes on each pair; None for a reply without exactly one verdict."""
        prompts, keys, orders = list[Prompt](), list[str](), 2 if self.swap else 1
        for duel in duels:
            a, b = (once(text) if self.once else text for text in (duel.a, duel.b))
            for order, (first, second) in enumerate(((a, b), (b, a))[:orders]):
                key = f"{duel.key} {order}"
                shown = {"task": duel.asked, "reference": duel.reference or NOTHING, "first": first, "second": second}
                prompts.append(guarded(self.prompt, duel.fields, ctx, key, **shown))
                keys.append(key)
        sampling = Sampling(temperature=0.0, max_tokens=self.max_tokens)
        said = [winner(reply.text) for (reply,) in ctx.generate(prompts, keys, role=judge, sampling=sampling)]
        named = {"first": "a", "second": "b"}
        votes: list[Vote | None] = [cast("Vote | None", named.get(place, place) if place else None) for place in said]
        if not self.swap:
            return [(vote,) for vote in votes]
        return [(votes[at], turned(votes[at + 1])) for at in range(0, len(votes), 2)]


def one_vote(votes: Votes) -> Vote | None:
    """The vote on a pair: that of one order, or what both orders settle on."""
    return settled(*votes) if len(votes) == 2 else votes[0]
