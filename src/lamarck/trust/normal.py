"""A text as the words that stay when it is copied in disguise."""

from __future__ import annotations

import re
import unicodedata

UNSEEN = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f\U000e0100-\U000e01ef"
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
_WORD = rf"[{ALONE}]|[^\W\d_{ALONE}]+|\d+"
_BEFORE, _AFTER = r"(?<=[\d)\]}])|(?<=(?<![^\W\d_])[^\W\d_])", r"[\d(\[{]|[^\W\d_](?![^\W\d_])"
"""An operand: a number, a bracket on its open side, a single letter. Beside a longer word a sign is a dash."""
_WORDS = re.compile(_WORD)
_SIGNED = re.compile(rf"{_WORD}|(?:{_BEFORE})[{re.escape(SIGNS)}](?={_AFTER})")
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
    signs = [sign for sign in SIGNS if sign in even]
    if not signs:
        return _WORDS.findall(even)
    even = " ".join(even.split())
    for sign in signs:
        even = even.replace(f" {sign}", sign).replace(f"{sign} ", sign)
    return _SIGNED.findall(even)


def parts(text: str) -> list[str]:
    """The text's lines, and its sentences where they go over lines."""
    lines = [line for line in text.splitlines() if line.strip()]
    sentences = [one for block in re.split(r"\n\s*\n", text) for one in _SENTENCES.split(" ".join(block.split()))]
    return list(dict.fromkeys([*lines, *(one for one in sentences if one)]))
