"""Paragraphs as passages: no longer than a window, under one heading, long enough to say something alone."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lamarck.core import UsageError
from lamarck.data.documents.blocks import Block

SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+")


@dataclass(frozen=True, kw_only=True)
class Window:
    """How long a passage may be, in words."""

    least: int = 20
    most: int = 400

    @classmethod
    def of(cls, text: str) -> Window:
        """The window that "20-400" says; "" for the usual one. Raises: UsageError."""
        if not text:
            return cls()
        found = re.fullmatch(r"(\d+)-(\d+)", text.strip())
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise UsageError(f"--passages {text}: give the least and the most words of a passage, such as 20-400")
        return cls(least=int(found[1]), most=int(found[2]))


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A piece of a document that can stand alone."""

    text: str
    heading: str
    file: str
    """Its document, as seen from the folder that was given."""
    place: str
    """Where in it."""

    @property
    def key(self) -> str:
        """Equal for two of the same words, whatever their letter case, spacing and punctuation: 16 hex digits."""
        words = re.findall(r"\w+", unicodedata.normalize("NFKC", self.text).casefold())
        return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def passages(file: str, blocks: Iterable[Block], window: Window) -> Iterator[Passage]:
    """The passages of a document in order; one below the window's least is given too, for the caller to count."""
    for heading, under in groupby(blocks, key=lambda block: block.heading):
        pieces = [piece for block in under for piece in _pieces(block, window.most)]
        for part in _packed(pieces, window):
            text = "\n\n".join(block.text for block in part)
            yield Passage(text=text, heading=heading, file=file, place=part[0].place)


def length(text: str) -> int:
    """Words of a text."""
    return len(text.split())


def _packed(pieces: Sequence[Block], window: Window) -> list[list[Block]]:
    """Neighbours together, as many as the window holds; a short rest goes to what is before it, where it fits."""
    parts = list[list[Block]]()
    for piece in pieces:
        if parts and _size(parts[-1]) + length(piece.text) <= window.most:
            parts[-1].append(piece)
        else:
            parts.append([piece])
    if len(parts) > 1 and _size(parts[-1]) < window.least:  # even the last two out, so that neither is too short
        both = [*parts[-2], *parts[-1]]
        cut = min(range(1, len(both)), key=lambda at: abs(_size(both[:at]) - _size(both[at:])))
        if _size(both[:cut]) <= window.most and _size(both[cut:]) <= window.most:
            parts[-2:] = [both[:cut], both[cut:]]
    return parts


def _size(part: Sequence[Block]) -> int:
    return sum(length(block.text) for block in part)


def _pieces(block: Block, most: int) -> Iterator[Block]:
    """A paragraph, or where it is too long its sentences in groups, or where one of these is its words."""
    if length(block.text) <= most:
        yield block
        return
    group = list[str]()
    for sentence in SENTENCE.split(block.text):
        words = sentence.split()
        for at in range(0, max(len(words), 1), most):
            part = sentence if len(words) <= most else " ".join(words[at : at + most])
            if group and length(" ".join([*group, part])) > most:
                yield Block(text=" ".join(group), place=block.place, heading=block.heading)
                group = []
            group.append(part)
    if group:
        yield Block(text=" ".join(group), place=block.place, heading=block.heading)
