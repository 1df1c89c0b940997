"""What a text says that cannot come from what its writer was shown: figures and names."""

from __future__ import annotations

import re

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<=[\w,;)] )[^\W\d_]\w*")
"""A word inside a sentence: whether it is a name shows in its capital, which at the beginning every word has."""


def unsourced(text: str, shown: str) -> tuple[str, ...]:
    """Figures and names of a text that do not stand in what was shown, in order; letter case does not count.

    Names are seen by their capitals, so none in scripts without; "I" is none.
    """
    names = [word for word in _NAME.findall(text) if word[0].isupper() and word != "I"]
    known = {word.casefold() for word in re.findall(r"\w+", shown)}
    figures = set(_FIGURE.findall(shown))
    new = [one for one in _FIGURE.findall(text) if one not in figures]
    return tuple(dict.fromkeys([*new, *(name for name in names if name.casefold() not in known)]))
