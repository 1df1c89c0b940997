r"""Which of several options a text chooses: `(A)`, `A.`, `**A**`, `\boxed{A}`, `option a`, or the option's own words.

Source: the answer cleansing of zero-shot chain of thought (arXiv:2205.11916, appendix A.6) and the filters of
lm-evaluation-harness. As there, of several letters behind a mark the first counts. Differs: a lone "A" before a
lower-case word is an article unless that word is the option's; where no letter stands, the words of one option count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lamarck.data.answers import latex, spans

AFTER = r"because|since|as|and|or|for|due|which|with|so|but|if|then|is|was"
"""Words that may follow a bare letter that is an answer."""
BUT = re.compile(r"\bnot\s+\(?[A-Z]\)?,?\s+but\s+(?:rather\s+)?")
"""What is denied before what is chosen: "not A but B"."""


def chosen(text: str, options: Mapping[str, str]) -> str | None:
    """The letter (key) that the text chooses, None where it chooses none. In: options as letter -> words."""
    text = BUT.sub("", spans.trimmed(text))
    marked = spans.marks(text)
    for span in marked:
        if (found := _in_span(span, options)) is not None:
            return found
        if spans.settled(text, marked):
            return None
    if found := _concluded(text, options):
        return found
    short = text.strip()
    if len(short) < 80 and (found := _in_span(short, options, sure=True)) is not None:
        return found
    return _loose(text, options) or _head(text, options) or _by_words(spans.closing(text), options)


def _in_span(span: str, options: Mapping[str, str], *, sure: bool = False) -> str | None:
    """The first letter of what follows a mark, else the option it spells out."""
    first = next(iter(spans.sentences(span)), "")
    at, letter = _first_letter(first, options)
    words = _by_words(first, options)
    if letter is None or (sure and at < 0):
        return words
    # "The answer is a desk": an article, where the words are those of another option
    return letter if at >= 0 or words is None else words


def _first_letter(text: str, options: Mapping[str, str]) -> tuple[int, str | None]:
    """Where the first letter stands that can be a choice, and which; at -1 where it may as well be a word."""
    keys = "|".join(re.escape(key) for key in options)
    text = latex.TEXT.sub(r"\1", text).replace("\\", "")
    sure = re.compile(
        rf"[(\[{{]\s*({keys})\s*[)\]}}]"
        rf"|(?<![\w'\u2019])({keys})(?=\s*(?:[).:,;*\"'\]}}]|$|\n|\s-\s)|\s+(?:{AFTER})\b)"
        rf"|\b(?:option|choice|answer|letter)\s+\W?({keys})\b",
        re.IGNORECASE,
    )
    found = [match for match in sure.finditer(text) if _cased(match, text)]
    if found:
        return found[0].start(), _key(next(filter(None, found[0].groups())), options)
    bare = re.search(rf"(?<![\w'\u2019])({keys})(?![\w'\u2019])", text)
    if bare is None:
        return -1, None
    key = bare[1]
    rest = text[bare.end() :].strip().casefold()
    if key not in ("A", "I") or rest.startswith(options[key].casefold()[:12]):
        return bare.start(), key
    return -1, key


def _cased(match: re.Match[str], text: str) -> bool:
    """A small letter counts only before or in brackets, behind "option", or alone: "a" is a word as well."""
    letter = next(filter(None, match.groups()))
    bracket = text[match.end() : match.end() + 1] == ")"
    return letter.isupper() or match[2] is None or bracket or text.strip(" *_.\"'`").casefold() == letter.casefold()


def _key(letter: str, options: Mapping[str, str]) -> str:
    return letter if letter in options else next(key for key in options if key.casefold() == letter.casefold())


def _concluded(text: str, options: Mapping[str, str]) -> str | None:
    """What the last sentence ends with: "So B.", "I choose (B)"."""
    keys = "|".join(re.escape(key) for key in options)
    said = r"(?i:so|thus|hence|therefore|choose|chose|pick|select)"
    found = re.search(rf"\b{said}(?:,?\s+(?i:it is|it's|option|choice|answer))?\W+({keys})\W*$", spans.closing(text))
    return found[1] if found else None


def _loose(text: str, options: Mapping[str, str]) -> str | None:
    """What the last line chooses without a phrase: it is "B", begins "B.", or its last sentence names one letter."""
    keys = "|".join(re.escape(key) for key in options)
    line = spans.last_line(text)
    if alone := re.fullmatch(rf"\W*({keys})\W*|\**\(?({keys})\s*[).:]\**\s+.+", line):
        return alone[1] or alone[2]
    named = re.findall(rf"\((?:{keys})\)|\b(?:option|choice)\s+\W?(?:{keys})\b|\*\*(?:{keys})\*\*", spans.closing(text))
    letters = {name.strip("()* ")[-1] for name in named}
    return letters.pop() if len(letters) == 1 else None


def _head(text: str, options: Mapping[str, str]) -> str | None:
    """What the text begins with: "D. Because ...", the rest of a prompt that ends with "the answer is"."""
    keys = "|".join(re.escape(key) for key in options)
    head = re.match(rf"\W*({keys})(?:\)|(?=[.:,\n]|\s*$))", text)
    return head[1] if head else None


def _by_words(text: str, options: Mapping[str, str]) -> str | None:
    """The one option whose words a text holds; an option inside a longer one that is there does not count."""
    plain = _worded(text)
    held = {key: _worded(words) for key, words in options.items() if words}
    there = {
        key: words for key, words in held.items() if words and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", plain)
    }
    longest = [k for k, words in there.items() if not any(words != w and words in w for w in there.values())]
    return longest[0] if len(longest) == 1 else None


def _worded(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[*_`$\"\u201c\u201d]|(?<=\w)[.,;:!?](?=\s|$)", "", text)).strip(" .").casefold()
