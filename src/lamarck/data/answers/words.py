"""Answers that are words: one of a few (yes, no), a date, or any text, brought to one spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date

from lamarck.data.answers import spans
from lamarck.data.answers.latex import TEXT

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
SPELLINGS = {
    "true": ("true", "correct"),
    "false": ("false", "incorrect"),
    "yes": ("yes", "yeah", "yep"),
    "no": ("no", "nope"),
}
NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_MONTH = rf"({'|'.join(f'{m[:3]}(?:{m[3:]})?' if m != 'september' else 'sept?(?:ember)?' for m in MONTHS)})\.?"
WRITTEN = re.compile(
    rf"\b{_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})|\b(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH},?\s+(\d{{4}})",
    re.IGNORECASE,
)


def one_of(text: str, labels: Collection[str]) -> str | None:
    """Which of a few labels the text settles on: the first after the last mark, else the one it begins with, else
    the only one of its last sentence. None where none stands."""
    echo = "|".join(map(re.escape, labels))  # "the answer (yes or no) is" repeats the question
    text = re.sub(
        rf"\(?\b(?:{echo})\b(?:\s*,?\s*(?:or|/)\s*(?:{echo})\b)+\)?", "", spans.trimmed(text), flags=re.IGNORECASE
    )
    known = {spelling: label for label in labels for spelling in SPELLINGS.get(label.casefold(), (label.casefold(),))}
    pattern = re.compile(
        rf"(?<!\w)({'|'.join(map(re.escape, sorted(known, key=len, reverse=True)))})(?!\w)", re.IGNORECASE
    )
    marked = spans.marks(text, labels=True)
    for span in marked:
        if match := pattern.search(span):
            return known[match[1].casefold()]
        if spans.settled(text, marked):
            return None
    if head := pattern.match(text.lstrip(" \n\t*_\"'(.:")):
        return known[head[1].casefold()]
    found = {known[word.casefold()] for word in pattern.findall(spans.closing(text))}
    return found.pop() if len(found) == 1 else None


def dated(text: str) -> str | None:
    """The date that a text gives, as MM/DD/YYYY: the first after a mark, else its last. Month first, as in the US."""
    text = spans.trimmed(text)
    for span in spans.marks(text, labels=True):
        if found := dates(span):
            return found[0]
    found = dates(text)
    return found[-1] if found else None


def dates(text: str) -> list[str]:
    """All dates in order, as MM/DD/YYYY; one that no calendar has is passed over."""
    found = list[tuple[int, str]]()
    for pattern, order in ((NUMERIC, (2, 0, 1)), (ISO, (0, 1, 2))):
        for match in pattern.finditer(text):
            parts = match.groups()
            found += _date(match.start(), *(int(parts[at]) for at in order))
    for match in WRITTEN.finditer(text):
        month, day, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        number = next(at for at, name in enumerate(MONTHS, 1) if name.startswith(month.lower()[:3]))
        found += _date(match.start(), int(year), number, int(day))
    return [said for _, said in sorted(found)]


def final(text: str) -> str | None:
    """The final answer as text: what is boxed or follows the last mark, to the end of its sentence, else the last line.
    Without quotes, emphasis and a full stop. None for an empty text."""
    text = spans.trimmed(text)
    for span in spans.marks(text, labels=True):
        for line in span.splitlines():
            if cleaned := bare(_sentence(line)):
                return cleaned
    return bare(spans.last_line(text)) or None


def bare(text: str) -> str:
    """Without emphasis, quotes round the whole, a label such as "Answer:" and a closing full stop."""
    text = TEXT.sub(r"\1", text).strip()
    for _ in range(4):
        before = text
        text = re.sub(r"^(?:\*\*|__|`|\$|\\\(|#+\s)|(?:\*\*|__|`|\$|\\\))$", "", text).strip()
        text = re.sub(r"(?<=[\w)\]}>\"'\u201d*`_$])\s*[.,;:]+$", "", text)
        if len(text) > 1 and (text[0], text[-1]) in (
            ('"', '"'),
            ("'", "'"),
            ("\u201c", "\u201d"),
            ("\u2018", "\u2019"),
        ):
            text = text[1:-1].strip()
        if text == before:
            break
    return text.lstrip(":").strip()


def alike(one: str, other: str) -> bool:
    """Equal but for letter case, width, spaces, quotes and a full stop; of one word, spaces and dots inside it too."""
    a, b = normal(one), normal(other)
    return a == b or (" " not in b and re.sub(r"[\s.\"']", "", a) == re.sub(r"[\s.\"']", "", b) != "")


def normal(text: str) -> str:
    """One spelling for many."""
    text = unicodedata.normalize("NFKC", bare(text)).casefold()
    return re.sub(r"\s+", " ", text.replace("\u2019", "'").replace("\u2018", "'")).strip()


def _sentence(line: str) -> str:
    """A line up to its first full stop that ends a sentence."""
    return re.split(r"(?<=\w\w[.!?])\s+(?=[A-Z])|(?<=[\"')\]][.!?])\s+(?=[A-Z])", line.strip(), maxsplit=1)[0]


def _date(at: int, year: int, month: int, day: int) -> list[tuple[int, str]]:
    try:
        return [(at, date(year, month, day).strftime("%m/%d/%Y") if year > 999 else f"{month:02}/{day:02}/{year:04}")]
    except ValueError:
        return []
