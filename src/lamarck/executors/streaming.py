"""Runs a chain of operators so that nothing waits that need not: core's ``Executor`` on threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lamarck.core import Batch, Context, Drop, Harvest, Operator, Passage, UsageError
from lamarck.executors.calls import Share, call
from lamarck.executors.crew import Crew
from lamarck.executors.flow import Flow

MOST = 512
"""Threads beyond which more only cost memory."""
Named = tuple[str, Operator]


@dataclass(frozen=True, kw_only=True)
class Streaming:
    """Sends units of the batch through consecutive operators, many units at a time.

    Consecutive operators of scope each, task and stream form a chain. The batch is cut into units of
    the coarsest scope in the chain; a unit goes on to the next operator as soon as it is through with
    the last, whatever the others do. An operator of a finer scope is called with its own smallest
    unit. Only scope "all" waits for everybody. Out: units in order of their first experience.
    """

    threads: int = 64

    def __post_init__(self) -> None:
        if not 1 <= self.threads <= MOST:
            raise UsageError(f"{self.threads} threads; give 1 to {MOST}")

    def run(self, operators: Sequence[Named], batch: Batch, ctx: Context, /) -> Harvest:
        """What the operators made of the batch, what each left out and why, and how many went through.

        Raises: what an operator raised; the calls under way are then waited for, no others begin.
        """
        drops, funnel = list[Drop](), list[Passage]()
        for chain in _chains(operators):
            name, operator = chain[0]
            if operator.scope == "all":
                one = call(name, operator, batch, ctx.within(name))
                batch, shares = one.batch, [[one]]
            else:
                flow = Flow(chain, batch, ctx)
                # a crew's own thread that waited for a crew could wait for ever
                shares = flow.alone() if Crew.here() else flow.together(self.threads)
                batch = flow.gathered()
            for (name, _), each in zip(chain, shares, strict=True):
                drops += [drop for share in each for drop in share.drops]
                funnel.append(_passage(name, each))
        return Harvest(batch=batch, drops=tuple(drops), funnel=tuple(funnel))


def _chains(operators: Sequence[Named]) -> Iterator[list[Named]]:
    """Cut before and after every operator that needs the whole batch."""
    chain = list[Named]()
    for named in operators:
        if chain and "all" in (named[1].scope, chain[-1][1].scope):
            yield chain
            chain = []
        chain.append(named)
    if chain:
        yield chain


def _passage(name: str, shares: Sequence[Share]) -> Passage:
    return Passage(
        operator=name,
        into=sum(share.into for share in shares),
        out=sum(len(share.batch) for share in shares),
        seconds=sum(share.seconds for share in shares),
    )
