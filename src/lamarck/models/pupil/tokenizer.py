"""One vocabulary for all small models: characters, and whole numbers from 0 to 199.

A run of digits that is a number up to 199 without leading zero is one token; any other run
(`27253`, `007`) is read digit by digit. A single space between two number tokens costs nothing:
`decode` puts it back. Encoding is exact in `tokenizer.json` too (see `as_hugging_face`); decoding
there loses those spaces, because that format cannot insert text between two tokens of a kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PAD, EOS = 0, 1
CHARACTERS = "~." + "0123456789" + "abcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ+=|,;:>?!<*-/() "
NUMBERS = 200
FIRST_NUMBER = len(CHARACTERS)
SIZE = FIRST_NUMBER + NUMBERS

_NUMBER = r"(?<![0-9])(?:1[0-9][0-9]|[1-9][0-9]|[0-9])(?![0-9])"
_PIECE = re.compile(rf"({_NUMBER})|[\s\S]")
# Python allows no look-behind of several lengths, so the space is found from the number before it.
_SPACED = re.compile(rf"({_NUMBER}) (?={_NUMBER})")
_VOCABULARY = {c: i for i, c in enumerate(CHARACTERS)}


class UnknownCharacter(ValueError):
    """A text holds a character that the vocabulary lacks."""


def encode(text: str) -> list[int]:
    """Token ids. Raises: UnknownCharacter."""
    ids = list[int]()
    # A bare newline is no character of ours, so it can stand for "two numbers touch here".
    for match in _PIECE.finditer(_join(text)):
        piece = match.group()
        if match.group(1) is not None:
            ids.append(FIRST_NUMBER + int(piece))
        elif piece in _VOCABULARY:
            ids.append(_VOCABULARY[piece])
        elif piece != "\n":
            raise UnknownCharacter(f"{piece!r} in {text[:60]!r} is no character of the pupil's")
    return ids


def legible(text: str) -> str:
    """The text without what `encode` does not accept."""
    return "".join(character for character in text if character in _VOCABULARY)


def _join(text: str) -> str:
    if "\n" in text:
        raise UnknownCharacter(f"a line break in {text[:60]!r} is no character of the pupil's")
    return _SPACED.sub("\\1\n", text)


def decode(ids: Iterable[int]) -> str:
    """The text; the inverse of `encode` on every text that `encode` accepts."""
    text, after_number = list[str](), False
    for token in ids:
        number = token >= FIRST_NUMBER
        if number and after_number:
            text.append(" ")
        text.append(str(token - FIRST_NUMBER) if number else CHARACTERS[token])
        after_number = number
    return "".join(text)


def as_hugging_face() -> dict[str, Any]:
    """The content of `tokenizer.json`: the same ids from the `tokenizers` library."""
    # That library names tokens by their text, so the number 5 and the digit 5 of 27253 need two.
    lone = [_replace(f"(?<![0-9]){d}(?![0-9])", _lone(d)) for d in range(10)]
    first, last = _lone(0), _lone(9)
    before = "|".join(
        [f"[{first}-{last}]"] + [start + run for start in (r"\A", "[^0-9]") for run in ("[1-9][0-9]", "1[0-9][0-9]")]
    )
    number = rf"(?:[{first}-{last}]|(?<![0-9])(?:1[0-9][0-9]|[1-9][0-9])(?![0-9]))"
    names = {_lone(n) if n < 10 else str(n): FIRST_NUMBER + n for n in range(NUMBERS)}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": lone},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                _split(f"(?<={before}) (?={number})", "Removed"),
                _split(rf"{number}|[\s\S]", "Isolated"),
            ],
        },
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [*(_replace(_lone(d), str(d)) for d in range(10)), {"type": "Fuse"}],
        },
        "model": {"type": "WordLevel", "vocab": _VOCABULARY | names, "unk_token": "~"},
    }


def _lone(digit: int) -> str:
    return chr(0xE000 + digit)


def _replace(pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _split(pattern: str, behavior: str) -> dict[str, Any]:
    regex = {"Regex": pattern}
    return {"type": "Split", "pattern": regex, "behavior": behavior, "invert": False}


def save(folder: Path) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json` for `transformers.AutoTokenizer`."""
    text = json.dumps(as_hugging_face(), indent=1, ensure_ascii=True)
    (folder / "tokenizer.json").write_text(text + "\n")
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": CHARACTERS[PAD],
        "eos_token": CHARACTERS[EOS],
        "unk_token": CHARACTERS[PAD],
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")
