"""The forms that an answer can have: how each is read from a text, and when two are the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from lamarck.data.answers import choices, equal, latex, spans, words
from lamarck.data.answers.numbers import in_words, near, numbers, plain

Form = Literal["number", "math", "choice", "word", "date", "text"]
"""A number; a mathematical expression; a letter; one of a few words; a date; any text."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """How the answers to one task are read and compared. Reading looks at no label."""

    form: Form
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """For a choice: letter -> words."""
    labels: tuple[str, ...] = ()
    """For a word: those there are."""
    tolerance: float = 1e-6
    """Share of a number by which two are still the same."""

    def read(self, text: str) -> str | None:
        """The final answer of a model's text in one spelling, None where it gives none."""
        match self.form:
            case "number":
                found = _number(text)
                return None if found is None else plain(found)
            case "math":
                return _math(text)
            case "choice":
                return choices.chosen(text, self.options)
            case "word":
                return words.one_of(text, self.labels)
            case "date":
                return words.dated(text)
            case "text":
                return words.final(text)

    def same(self, answer: str, reference: str) -> bool:
        """Whether an answer that :meth:`read` gave is the reference."""
        match self.form:
            case "number":
                one, other = equal.value(answer), equal.value(reference)
                if one is None or other is None:
                    return equal.same(answer, reference, self.tolerance)
                return near(one, other, self.tolerance)
            case "math":
                return equal.same(answer, reference, self.tolerance)
            case "choice":
                return answer.casefold() == reference.strip(" ().").casefold() or _option(
                    answer, reference, self.options
                )
            case "word":
                return answer.casefold() == reference.strip().casefold()
            case "date":
                return answer == (words.dates(reference) or [reference])[0]
            case "text":
                return words.alike(answer, reference)


def form_of(references: Sequence[str]) -> Form:
    """The form that all references have: date, number, a word of few, mathematics where LaTeX stands, else text."""
    if references and all(words.NUMERIC.fullmatch(text.strip()) for text in references):
        return "date"
    if references and all(_is_number(text) for text in references):
        return "number"
    distinct = {text.strip().casefold() for text in references}
    if (
        len(distinct) <= 4
        and len(references) >= 2 * len(distinct)
        and all(re.fullmatch(r"[\w ]{2,20}", t) for t in distinct)
    ):
        return "word"
    if distinct <= {"yes", "no"} or distinct <= {"true", "false"}:
        return "word"
    return "math" if any(re.search(r"\\[a-zA-Z]+|\^|[a-z]\s?=", text) for text in references) else "text"


def _is_number(text: str) -> bool:
    return equal.value(text) is not None and not re.search(r"\\(?!\$|%|frac|dfrac)|\^", text)


def _option(answer: str, reference: str, options: Mapping[str, str]) -> bool:
    """A reference that gives the option's words."""
    return reference not in options and words.alike(options.get(answer, ""), reference)


def _number(text: str) -> Fraction | None:
    """After the last mark that has one, the first number, or what its equation comes to; else the text's last."""
    text = re.sub(r"<<[^<>\n]*>>|_{2,}", "", spans.trimmed(text))  # GSM8K's calculator, a blank that was filled
    for span in spans.marks(text, labels=True):
        if (found := _in_span(span)) is not None:
            return found
    found = list(numbers(text))
    return found[-1][2] if found else in_words(text[-400:])


def _in_span(span: str) -> Fraction | None:
    for sentence in spans.sentences(span[:2000]):
        if (found := equal.value(sentence.rstrip("."))) is not None and not re.search(r"[A-Za-z]{3}", sentence):
            return found
        right = sentence.rpartition("=")[2] if "=" in sentence else sentence
        there = next(iter(numbers(right)), None) or next(iter(numbers(sentence)), None)
        if there is not None:
            return there[2]
        if (found := in_words(sentence)) is not None:
            return found
    return None


def _math(text: str) -> str | None:
    """What is boxed, else what follows the last mark, else the last formula, else the last line."""
    text = spans.trimmed(text)
    if box := spans.boxed(text):
        return latex.tidy(box) or None if not box.startswith("\\text") else box
    for span in spans.marks(text, labels=True):
        for line in span[: latex.LONGEST].splitlines():
            sentence = re.split(r"(?<=[^\d\s])\.\s+(?=[A-Z])|\.\s+I hope", line.strip(), maxsplit=1)[0]
            if cleaned := latex.tidy(words.bare(sentence)):
                return cleaned
    text = text[-latex.LONGEST :]
    formulas = re.findall(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", text, re.DOTALL)
    if formulas:
        return latex.tidy(next(filter(None, formulas[-1]))).rpartition("=")[2].strip() or None
    found = list(numbers(text))
    return latex.tidy(words.bare(spans.last_line(text))) if not found else plain(found[-1][2])
