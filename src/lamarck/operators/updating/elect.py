"""The best of a search becomes the learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from lamarck.core import Batch, Context, Learner, Names


class Finder(Protocol):
    """A search that can say whom it found best."""

    def best(self, learner: Learner, ctx: Context, /) -> Learner:
        """The learner with what the search found best. Raises: UsageError where it found nothing."""
        ...


@dataclass(frozen=True, kw_only=True)
class Elect:
    """Make the best candidate that a search has found the learner; the gate then tries it on other items.

    In: any experiences, which are not looked at. Out: the learner with what was found best; the same one where it
    has that already. Raises: UsageError where the search has scored nobody.
    Source: Promptbreeder (arXiv:2309.16797), section 4, where the best of the population is tested once.
    """

    reads: ClassVar[Names] = frozenset[str]()

    of: Finder
    """The update that searched, as it stood in ``updating``."""

    def __call__(self, learner: Learner, batch: Batch, ctx: Context) -> Learner:
        """Out: the elected learner."""
        found = self.of.best(learner, ctx)
        return learner if found.hash == learner.hash else found
