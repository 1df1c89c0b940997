"""Numbers as people and models write them, as exact fractions: `$1,234.50`, `3 1/2`, `1.5 million`, `6.02 x 10^23`.

Source: what GSM8K's and SVAMP's graders and zero-shot chain of thought (arXiv:2205.11916) read. Differs: a sign right
after a digit is an operator, not part of a number; fractions, mixed numbers, powers of ten, million and words are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

LONGEST = 60
"""Digits of a number."""
TINY = Fraction(1, 10**9)
_PLAIN = (
    r"(?:\d{1,3}(?:(?:,|\{,\}|,\\!|\\,)\d{3})+(?!\d)|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
)
NUMBER = re.compile(
    rf"""
    (?<![A-Za-z0-9_])
    (?P<sign>[-\u2212\u2013])?\s?(?:\\?[$\u20ac\u00a3\u00a5]|(?<=\s)Rs\.?\s?)?\s?(?P<inner>[-\u2212])?
    (?: (?P<whole>\d+)(?:\s+|\s?-\s?|\s?\+\s?)?\\[dt]?frac\s*\{{?(?P<mtop>\d+)\}}?\s*\{{?(?P<mbottom>\d+)\}}?
      | \\[dt]?frac\s*\{{(?P<ltop>-?\d+)\}}\s*\{{(?P<lbottom>\d+)\}}
      | (?P<mixed>\d+)[ -](?P<top>\d+)\s?[/\u2044]\s?(?P<bottom>\d+)(?![\d/])
      | (?P<units>\d+)?(?P<vulgar>[\u00bc\u00bd\u00be\u2153\u2154\u215b\u215c\u215d\u215e])
      | (?P<body>{_PLAIN})
        (?: (?P<exponent>[eE][-+]?\d{{1,3}}(?!\w))
          | \s*(?:x|\u00d7|\*|\\times|\\cdot)\s*10\s*(?:\^|\*\*)\s*[({{]*(?P<power>[-+\u2212]?\d{{1,3}})
          | \s?[/\u2044]\s?(?P<over>\d+)(?![\d/.]|,\d) )?
    )
    (?: \s*(?P<scale>hundred|thousand|million|billion|trillion)\b )?
    """,
    re.VERBOSE | re.IGNORECASE,
)
VULGAR = dict(
    zip(
        "\u00bc\u00bd\u00be\u2153\u2154\u215b\u215c\u215d\u215e",
        ["1/4", "1/2", "3/4", "1/3", "2/3", "1/8", "3/8", "5/8", "7/8"],
        strict=True,
    )
)
SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = {word: value for value, word in enumerate(_UNITS)} | {word: 10 * (i + 2) for i, word in enumerate(_TENS)}
SPOKEN = re.compile(
    rf"\b(?:{'|'.join([*WORDS, *SCALES])})(?:(?:\s+and\s+|[\s-]+)(?:{'|'.join([*WORDS, *SCALES])}))*\b", re.IGNORECASE
)


def numbers(text: str) -> Iterator[tuple[int, int, Fraction]]:
    """The numbers in digits, in order: where each begins and ends, and its value."""
    at = 0
    while match := NUMBER.search(text, at):
        at = match.end()
        value = _value(match)
        if value is not None:
            negative = match["inner"] or (match["sign"] and _unary(text, match.start()))
            yield match.start(), match.end(), -value if negative else value


def number(text: str) -> Fraction | None:
    """The value of a text that is one number: with unit, currency, label, percent sign or in words. None for others."""
    bare = re.sub(r"\\(?:text|mathrm|mbox|textbf|mathbf)\s*\{([^{}]*)\}", r" \1 ", text)
    bare = re.sub(r"(?<=[a-zA-Z])\^\{?[23]\}?", "", bare)
    found = list(numbers(bare))
    if len(found) == 1 and not re.search(r"\d|[+*/=^(){}\[\]<>\\]", bare[: found[0][0]] + _after(bare[found[0][1] :])):
        return found[0][2]
    return None if found else in_words(text)


def in_words(text: str) -> Fraction | None:
    """The last number in words, up to trillions, "nine point eight" too; None where there is none."""
    text = text.lower()
    spoken = list(SPOKEN.finditer(text))
    if not spoken:
        return None
    last, whole = spoken[-1], spoken[-2:-1]
    if whole and text[whole[0].end() : last.start()].strip() == "point":
        digits = "".join(str(WORDS.get(word, "")) for word in re.split(r"[\s-]+", last[0]))
        return _spoken(whole[0][0]) + Fraction(int(digits or "0"), 10 ** len(digits))
    return Fraction(_spoken(last[0]))


def _spoken(words: str) -> int:
    total, group = 0, 0
    for word in re.split(r"[\s-]+", words):
        if word in WORDS:
            group += WORDS[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in SCALES:
            total, group = total + max(group, 1) * SCALES[word], 0
    return total + group


def plain(value: Fraction) -> str:
    """One text for one value: `1234`, `0.5`, `2/3`."""
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest > 1 or value.denominator > 10**12:
        return f"{value.numerator}/{value.denominator}"
    places = next(n for n in range(1, 42) if 10**n % value.denominator == 0)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def near(one: Fraction, other: Fraction, tolerance: float = 1e-6) -> bool:
    """Whether two numbers are the same within a share of the larger, or both within 1e-9."""
    return abs(one - other) <= max(TINY, Fraction(tolerance) * max(abs(one), abs(other)))


def _value(match: re.Match[str]) -> Fraction | None:
    try:
        value = _unsigned(match)
    except ZeroDivisionError:
        return None
    return value * SCALES.get((match["scale"] or "").lower(), 1) if value is not None else None


def _unsigned(match: re.Match[str]) -> Fraction | None:
    group = match.groupdict()
    if sum(map(str.isdigit, match[0])) > LONGEST:
        return None
    if group["mtop"]:
        return int(group["whole"]) + Fraction(int(group["mtop"]), int(group["mbottom"]))
    if group["ltop"]:
        return Fraction(int(group["ltop"]), int(group["lbottom"]))
    if group["top"]:
        return int(group["mixed"]) + Fraction(int(group["top"]), int(group["bottom"]))
    if group["vulgar"]:
        return int(group["units"] or 0) + Fraction(VULGAR[group["vulgar"]])
    value = Fraction(re.sub(r"[^\d.]", "", group["body"]))
    power = (group["exponent"] or "e0")[1:] if group["exponent"] else (group["power"] or "0").replace("\u2212", "-")
    return value * Fraction(10) ** int(power) / int(group["over"] or 1)


def _unary(text: str, at: int) -> bool:
    """Whether a sign here belongs to its number; after a digit, a letter or a bracket it is an operator or a hyphen."""
    if at and (text[at - 1].isalnum() or text[at - 1] in ")]}%"):
        return False
    before = text[:at].rstrip()
    return not (before and (before[-1].isdigit() or before[-1] in ")]}%"))


def _after(text: str) -> str:
    """What stands behind a number, without units such as `cm^2`, `m/s`, `\\%`, `^\\circ`, and closing marks."""
    return re.sub(r"\\%|\^?\{?\\circ\}?|\\[$!,; ]|[a-zA-Z]+\^?\{?[23]?\}?(?:/[a-zA-Z]+)?|[$*{}]+$", "", text)
