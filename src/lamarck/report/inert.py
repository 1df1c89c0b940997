"""Text that somebody else wrote, made harmless to look at."""

from __future__ import annotations

import unicodedata

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Unicode categories that steer the reader's terminal or eye instead of showing: controls, bidi
overrides, zero-width and tag characters, surrogates, private use, line and paragraph separators."""

STACK = 6
"""Combining marks one after the other that are shown; the rest of a pile is written out."""


def inert(text: str, limit: int = 2000, *, lines: bool = False) -> str:
    """A text for a page, a terminal or a log: unseen characters written out, cut with its length said.

    In: any text, also ten million characters of it. Out: at most ``limit`` of its characters, on one
    line unless ``lines``. It is not escaped for HTML: that is the page's work.
    """
    head = text[:limit]
    bare = head.replace("\n", "").replace("\t", "") if lines else head
    if len(text) <= limit and bare.isascii() and bare.isprintable():
        return text  # most texts by far
    shown, pile = list[str](), 0
    for character in head:
        pile = pile + 1 if unicodedata.combining(character) else 0
        hidden = unicodedata.category(character) in UNSEEN or _is_smuggled(character) or pile > STACK
        shown.append(_escaped(character) if hidden and not (lines and character in "\n\t") else character)
    if len(text) > limit:
        shown.append(f" … [cut: {limit:,} of {len(text):,} characters shown]")
    return "".join(shown)


def _is_smuggled(character: str) -> bool:
    """Variation selectors of the supplement carry hidden bytes; the two last of a plane are no characters."""
    return "\U000e0100" <= character <= "\U000e01ef" or ord(character) & 0xFFFE == 0xFFFE


def _escaped(character: str) -> str:
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    code = ord(character)
    return named.get(character) or (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
