"""Rules on the text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from lamarck.core import Batch, Context, Experience, Names, Scope, Solution, UsageError
from lamarck.operators.inventing import asking, question
from lamarck.operators.sourcing import unsourced

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

    In: experiences with that text. Out: those that obey, in order, cut as ``cut_to``, ``cut_at``, ``trim`` and ``once``
    say, one after the other; the reason of a dropped one names the rule that it broke first. Rules look at a task's
    question without the form of its answer, and but for ``opens`` at what is left of a text that was cut.
    Raises: UsageError for bounds that nothing can obey.
    Source: Self-Instruct (arXiv:2212.10560), section 2.2; Evol-Instruct (WizardLM, arXiv:2304.12244), section 3.1;
    Self-Align (arXiv:2305.03047), section 3.2, and its published code for ``opens``, ``cut_to``, ``trim``, ``once``;
    for ``sourced`` no paper: Kun (arXiv:2401.06477) asks for it and does not say how it is seen.
    Differs: words are told by letters and digits, whatever the language; what says nothing is a list of our own.
    """

    scope: ClassVar[Scope] = "each"
    reads: ClassVar[Names] = {"solution"}
    writes: ClassVar[Names] = set[str]()

    of: Part = "solution"
    author: str = ""
    """Of a dialogue each turn of this author instead: it ends with the assistant's turn before the first that breaks a
    rule, and is dropped where there is none. Nothing is cut within turns."""
    words: tuple[int | None, int | None] = (None, None)
    """Fewest and most words; None = no bound."""
    characters: tuple[int | None, int | None] = (None, None)
    """The same in signs."""
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
    opens: tuple[str, ...] = ()
    """What it must begin with, one of these, letter for letter; it may be cut off afterwards."""
    cut_to: tuple[str, ...] = ()
    """It begins after the first of these; a text without any is dropped."""
    cut_at: tuple[str, ...] = ()
    """It ends before the first of these."""
    trim: bool = False
    """A solution that ended by length, and is not cut otherwise, loses its last word."""
    sourced: bool = False
    """A solution's figures and names must stand in what was shown where it was asked for: none is made up. Names are
    seen by their capitals, so none in scripts without; what nobody was asked for is left alone."""
    once: bool = False
    """It ends before the first clause of four words or more that it has said already."""

    def __post_init__(self) -> None:
        """What is read depends on the settings; the checker asks the instance."""
        for name, (least, most) in (("words", self.words), ("characters", self.characters)):
            if least is not None and most is not None and least > most:
                raise UsageError(f"Wording: {name}=({least}, {most}) asks for at least {least} and at most {most}")
        if self.author and self.of != "solution":
            raise UsageError(f"Wording: a {self.of} has no turns of '{self.author}'; leave out author, or of")
        cuts = self.cut_to or self.cut_at or self.trim or self.once
        object.__setattr__(self, "reads", frozenset({self.of}))
        object.__setattr__(self, "writes", frozenset({self.of} if cuts or self.author else ()))

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        """Out: the experiences that obey every rule."""
        kept: Batch = []
        for e in batch:
            if self.author:
                kept += self._shortened(e, ctx)
                continue
            text = self._text(e)
            left = self._left(text, cut_off=e.solution is not None and e.solution.stop == "length")
            if broken := self._unopened(text) or next(self._broken(left.strip()), "") or self._made_up(left, e):
                ctx.drop(e, f"{self.of}: {broken}")
            else:
                kept.append(e if left == text else self._put(e, left.strip() if self.cut_to else left.rstrip()))
        return kept

    def _shortened(self, e: Experience, ctx: Context) -> Batch:
        """The dialogue up to the first turn of the author that breaks a rule."""
        turns = e.solution.messages if e.solution else ()
        for at, turn in enumerate(turns):
            if turn.author == self.author and (broken := next(self._broken(turn.text.strip()), "")):
                ends = [i for i in range(at) if turns[i].role == "assistant"]
                if e.solution and ends:
                    return [replace(e, solution=replace(e.solution, messages=turns[: ends[-1] + 1]))]
                ctx.drop(e, f"{self.author}: {broken}")
                return []
        return [e]

    def _left(self, text: str, *, cut_off: bool) -> str:
        """What the cuts leave of a text."""
        begin = min((at + len(mark) for mark in self.cut_to if (at := text.find(mark)) >= 0), default=0)
        left = text[begin:]
        end = min((at for mark in self.cut_at if (at := left.find(mark)) >= 0), default=len(left))
        if self.trim and cut_off and end == len(left):
            end = len(left.rstrip()) - len(re.split(r"\s", left.rstrip())[-1])
        return _once(left[:end]) if self.once else left[:end]

    def _unopened(self, text: str) -> str:
        """What a text lacks before it is cut, "" where nothing."""
        if self.opens and not text.lstrip().startswith(self.opens):
            return f"does not begin with {' or '.join(map(repr, self.opens))}"
        if self.cut_to and not any(mark in text for mark in self.cut_to):
            return f"lacks {' or '.join(map(repr, self.cut_to))}"
        return ""

    def _broken(self, text: str) -> Iterator[str]:
        """The rules that the text breaks."""
        said = [word.casefold() for word in _WORD.findall(text)]
        least, most = self.words
        if least is not None and len(said) < least:
            yield f"{len(said)} words, fewer than {least}"
        if most is not None and len(said) > most:
            yield f"{len(said)} words, more than {most}"
        fewest, longest = self.characters
        if fewest is not None and len(text) < fewest:
            yield f"{len(text)} signs, fewer than {fewest}"
        if longest is not None and len(text) > longest:
            yield f"{len(text)} signs, more than {longest}"
        if self.telling and not set(said) - SPOKEN:
            yield "says nothing" if text else "is empty"
        if self.plain and not re.match(r"[A-Za-z0-9]", text):
            yield f"begins with {text[:1]!r}"
        if self.below is None or len(said) < self.below:
            yield from (f"holds {phrase!r}" for phrase in self.without if _stands(phrase, said))
        yield from (f"begins with {start!r}" for start in self.begins if text.casefold().startswith(start.casefold()))
        yield from (f"ends with {end!r}" for end in self.ends if text.endswith(end))
        yield from (f"lacks {mark!r}" for mark in self.must if mark not in text)

    def _made_up(self, text: str, e: Experience) -> str:
        """What stands nowhere in what was shown, "" where all does, or where nobody was asked."""
        if not self.sourced or e.asked is None:
            return ""
        shown = [*(m.text for m in (*e.task.messages, *e.asked.messages)), *e.asked.fields.values()]
        new = unsourced(text, "\n".join(shown))
        return f"says {new[0]!r}, which was not shown" if new else ""

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


def _once(text: str) -> str:
    """The text up to the first clause that it has said already; short ones come again in honest texts."""
    met, at = set[tuple[str, ...]](), 0
    for clause in re.findall(r"[^.!?;:,\n]*[.!?;:,\n]+|[^.!?;:,\n]+$", text):
        said = tuple(word.casefold() for word in _WORD.findall(clause))
        if len(said) >= 4 and said in met:
            return text[:at]
        met.add(said)
        at += len(clause)
    return text


def _saying(solution: Solution, text: str) -> Solution:
    """The solution whose last assistant turn, and what follows it, is this text."""
    last = max(at for at, message in enumerate(solution.messages) if message.role == "assistant")
    return replace(solution, messages=(*solution.messages[:last], replace(solution.messages[last], text=text)))
