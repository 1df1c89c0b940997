"""Blind votes of people on the answers of two learners, as a file: who, when, which item, who was shown first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Literal

from lamarck.core import UsageError, digest
from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed

Side = Literal["learner", "rival"]
Choice = Literal["learner", "rival", "tie", "skip"]
FOLDER = "votes"
"""In the run folder."""
WORTH = {"learner": 1.0, "tie": 0.5, "rival": 0.0}
"""What a vote counts for the learner; a skipped item counts nothing."""
_codec = Codec()


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two answers to one item."""

    item: str
    task: str
    """In words."""
    learner: str
    """The learner's answer."""
    rival: str
    verdict: float | None = None
    """The evaluation's outcome of the learner minus the rival's; None where it did not score both."""

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to choose between."""
        return self.learner.strip() == self.rival.strip()


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One person's word on one item."""

    item: str
    choice: Choice
    first: Side
    """Who was shown as number 1."""
    who: str
    when: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """The pairs of two learners and all votes on them, oldest first."""

    learner: str
    """Hash."""
    rival: str
    pairs: tuple[Pair, ...]
    votes: tuple[Vote, ...] = ()

    def left(self, who: str) -> list[Pair]:
        """The pairs this person has not seen; two equal answers are a tie that nobody is asked about."""
        seen = {vote.item for vote in self.votes if vote.who == who}
        return [pair for pair in self.pairs if pair.item not in seen and not pair.is_same]

    def first(self, who: str, item: str) -> Side:
        """Who is shown first to this person: by lot, the same lot after a break."""
        return "learner" if digest("ballot", self.learner, self.rival, who, item) % 2 else "rival"

    def add(self, vote: Vote) -> Ballot:
        """The ballot with one more vote."""
        return replace(self, votes=(*self.votes, vote))

    def outcomes(self, of: str) -> dict[str, float]:
        """Item -> mean of all votes for the learner of this hash, one of the two; skipped items have none."""
        found = dict[str, list[float]]()
        for vote in self.votes:
            if vote.choice != "skip":
                worth = WORTH[vote.choice]
                found.setdefault(vote.item, []).append(worth if of == self.learner else 1 - worth)
        return {item: fmean(values) for item, values in found.items()}

    def beside(self) -> tuple[list[str], list[str]]:
        """Every counted vote, and the evaluation's word on the same item: "learner", "rival" or "tie"."""
        verdicts = {pair.item: pair.verdict for pair in self.pairs}
        both = [(v.choice, verdicts[v.item]) for v in self.votes if v.choice != "skip"]
        known = [(choice, found) for choice, found in both if found is not None]
        words = ["learner" if found > 0 else "rival" if found < 0 else "tie" for _, found in known]
        return [choice for choice, _ in known], words


def name(learner: str, rival: str) -> str:
    """The file of a ballot in its folder."""
    return f"{learner}-{rival}.json"


def dump(ballot: Ballot) -> bytes:
    """A ballot as text."""
    return f"{_codec.dump(ballot, indent=1)}\n".encode()


def read(path: Path) -> Ballot:
    """The ballot of a file. Raises: UsageError where it is none."""
    try:
        return _codec.load(Ballot, path.read_bytes(), file=str(path))
    except Malformed as error:
        raise UsageError(f"{error}; move it away and vote anew") from error


def found(folder: Path) -> Sequence[Ballot]:
    """All ballots of a folder, by name. Raises: UsageError where it is none, or one cannot be read."""
    if not folder.is_dir():
        raise UsageError(f"{folder} holds no votes; type: lamarck vote RUN, and give RUN/{FOLDER}")
    return [read(path) for path in sorted(folder.glob("*.json"))]
