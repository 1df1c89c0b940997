"""One task of a table, whatever its format was."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from lamarck.core import Message
from lamarck.data.answers import Answers
from lamarck.data.rows import Row

PLAIN = Answers(form="text")
"""How answers are read unless something better is known."""


class Unfit(ValueError):
    """A row that gives no task; says what it lacks."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A question with all that is needed to ask and to check it."""

    question: str
    reference: str = ""
    """The label as text, "" where the check needs none."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Letter -> words, of a choice."""
    rationale: str = ""
    """How the label comes about, in the file's words."""
    group: str = ""
    """Part of the data, such as a subject: a node of the ability."""
    split: str = ""
    """As the file says, "" where it does not."""
    number: int = 0
    """Of the row, from 1."""
    must_pass: bool = False
    """Whether a learner that passes it may never lose it."""
    before: tuple[Message, ...] = ()
    """What was said before the question."""
    row: Row = field(default_factory=dict[str, object])
    """All cells, for checks that read more: tests, constraints, a user's own."""
    answers: Answers = PLAIN

    @property
    def key(self) -> str:
        """Equal for two that ask the same, whatever their letter case and spacing: 16 hex digits."""
        said = [self.group, *(turn.text for turn in self.before), self.question, *self.options.values()]
        text = unicodedata.normalize("NFKC", "\x1f".join(said))
        return hashlib.sha256(re.sub(r"\s+", " ", text).strip().casefold().encode()).hexdigest()[:16]
