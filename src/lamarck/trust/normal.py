"""A text as the words that stay when it is copied in disguise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

UNSEEN = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f\U000e0100-\U000e01ef"
)
"""Characters that print nothing: soft hyphens, zero-width and direction marks, variants of a form."""
ALONE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts that put no space between words: each of their characters is a word."""
SIGNS = "+*/=<>^-"
"""Signs of arithmetic; words where they stand between two operands, punctuation anywhere else."""
_UNSEEN = re.compile(f"[{UNSEEN}]")
_LIKE = str.maketrans(
    {**dict.fromkeys("‐‑‒–—―⁃−﹘﹣－", "-"), **dict.fromkeys("×⋅∙", "*"), **dict.fromkeys("÷⁄∕", "/")}
)
_WORD = re.compile(rf"[{ALONE}]|[^\W\d_{ALONE}]+|\d+")
_MORE = re.compile(rf"{_WORD.pattern}|[()\[\]{{}}]|[{re.escape(SIGNS)}]")
_SIGN = re.compile(f"[{re.escape(SIGNS)}]")
_SENTENCES = re.compile(r"(?<=[.?!。？！])\s+|\n+")


def plain(text: str) -> str:
    """The text in one form of Unicode (NFKC), letter case, dashes and signs, without what prints nothing."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", folded)).translate(_LIKE)


def words(text: str) -> list[str]:
    """The words of a text: runs of letters, runs of digits, signs between operands.

    Wrapping, spacing, letter case, quotation marks, dashes and all other punctuation make no difference.
    """
    even = plain(text)
    if not _SIGN.search(even):
        return _WORD.findall(even)
    return list(_signed(_MORE.findall(even)))


def parts(text: str) -> list[str]:
    """The text's lines, and its sentences where they go over lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    sentences = [one for block in re.split(r"\n\s*\n", text) for one in _SENTENCES.split(" ".join(block.split()))]
    return list(dict.fromkeys([*lines, *(one for one in sentences if one)]))


def _signed(found: Sequence[str]) -> Iterator[str]:
    last = len(found) - 1
    for at, one in enumerate(found):
        if one in SIGNS:
            if 0 < at < last and _is_operand(found[at - 1], ")]}") and _is_operand(found[at + 1], "([{"):
                yield one
        elif one not in "()[]{}":
            yield one


def _is_operand(word: str, brackets: str) -> bool:
    """A number, a single letter, a bracket on its open side: a sign beside a longer word is a dash or a mark-up."""
    return word in brackets or word[0].isdigit() or (len(word) == 1 and word.isalpha())
