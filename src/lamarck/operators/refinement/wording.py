"""Rules on the text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Names, Scope, Solution, UsageError
from lamarck.operators.inventing import asking, question

Part = Literal["task", "solution"]
SPOKEN = frozenset(
    re.findall(
        r"\w+",
        """
    a about above after again all also am an and any are as at be because been before being below between both but by
    can could did do does doing down during each few for from further had has have having he her here hers him his how
    i if in into is it its itself just me more most my myself no nor not now of off on once only or other our ours out
    over own same she should so some such than that the their theirs them then there these they this those through to
    too under until up very was we were what when where which while who whom why will with would you your yours
    """,
    )
)
"""Words that say nothing by themselves."""
_WORD = re.compile(r"\w+(?:['’]\w+)*")


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Keep what obeys rules on the text of the task, or of the solution, whatever it means.

    In: experiences with that text. Out: those that obey, in order, cut where ``cut_at`` says; the reason of a dropped
    one names the rule that it broke first. Rules look at a task's question without the form of its answer.
    Raises: UsageError for bounds that nothing can obey.
    Source: Self-Instruct (arXiv:2212.10560), section 2.2; Evol-Instruct (WizardLM, arXiv:2304.12244), section 3.1;
    Self-Align (arXiv:2305.03047), section 3.2.
    Differs: words are told by letters and digits, whatever the language; what says nothing is a list of our own.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = set[str]()

    of: Part = "solution"
    words: tuple[int | None, int | None] = (None, None)
    """Fewest and most words; None = no bound."""
    without: tuple[str, ...] = ()
    """Words, or several in a row, that must not stand in it, whatever their letter case."""
    below: int | None = None
    """``without`` counts only in texts of fewer words; None = in all."""
    begins: tuple[str, ...] = ()
    """What it must not begin with."""
    ends: tuple[str, ...] = ()
    """What it must not end with."""
    plain: bool = False
    """Its first sign must be a letter or figure of ASCII."""
    telling: bool = False
    """It must hold a word that says something: signs and words such as "the" do not."""
    must: tuple[str, ...] = ()
    """Marks that must stand in it, letter for letter."""
    cut_at: tuple[str, ...] = ()
    """It ends before the first of these; the rules look at what is left."""

    def __post_init__(self) -> None:
        """What is read depends on the settings; the checker asks the instance."""
        least, most = self.words
        if least is not None and most is not None and least > most:
            raise UsageError(f"Wording: words={self.words} asks for at least {least} and at most {most}; turn them")
        object.__setattr__(self, "reads", frozenset({self.of}))
        object.__setattr__(self, "writes", frozenset({self.of} if self.cut_at else ()))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences that obey every rule."""
        kept: Batch = []
        for e in batch:
            text = self._text(e)
            left = text[: min((at for mark in self.cut_at if (at := text.find(mark)) >= 0), default=len(text))]
            if broken := next(self._broken(left.strip()), ""):
                ctx.drop(e, f"{self.of}: {broken}")
            else:
                kept.append(e if left == text else self._put(e, left.rstrip()))
        return kept

    def _broken(self, text: str) -> Iterator[str]:
        """The rules that the text breaks."""
        said = [word.casefold() for word in _WORD.findall(text)]
        least, most = self.words
        if least is not None and len(said) < least:
            yield f"{len(said)} words, fewer than {least}"
        if most is not None and len(said) > most:
            yield f"{len(said)} words, more than {most}"
        if self.telling and not set(said) - SPOKEN:
            yield "says nothing" if text else "is empty"
        if self.plain and not re.match(r"[A-Za-z0-9]", text):
            yield f"begins with {text[:1]!r}"
        if self.below is None or len(said) < self.below:
            yield from (f"holds {phrase!r}" for phrase in self.without if _stands(phrase, said))
        yield from (f"begins with {start!r}" for start in self.begins if text.casefold().startswith(start.casefold()))
        yield from (f"ends with {end!r}" for end in self.ends if text.endswith(end))
        yield from (f"lacks {mark!r}" for mark in self.must if mark not in text)

    def _text(self, e: Experience) -> str:
        if self.of == "task":
            return question(e.task)
        return e.solution.text if e.solution else ""

    def _put(self, e: Experience, text: str) -> Experience:
        """The experience with this text in place of its own."""
        if self.of == "task":
            return replace(e, task=asking(e.task, text))
        return replace(e, solution=_saying(e.solution, text)) if e.solution else e


def _stands(phrase: str, said: Sequence[str]) -> bool:
    """Whether the words of a phrase stand in a row among those said."""
    sought = [word.casefold() for word in _WORD.findall(phrase)]
    return bool(sought) and any(said[at : at + len(sought)] == sought for at in range(len(said) - len(sought) + 1))


def _saying(solution: Solution, text: str) -> Solution:
    """The solution whose last assistant turn, and what follows it, is this text."""
    last = max(at for at, message in enumerate(solution.messages) if message.role == "assistant")
    return replace(solution, messages=(*solution.messages[:last], replace(solution.messages[last], text=text)))
