"""The text of a PDF, page by page, through pypdf. Pictures of text are not read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lamarck.core import MissingExtra
from lamarck.data.documents.blocks import Block, plain

PAGES = 5_000
"""Of a document; more are refused."""


def pdf(path: Path) -> Iterator[Block]:
    """Paragraphs with their pages. Raises: MissingExtra; ValueError for a document that cannot be read."""
    if find_spec("pypdf") is None:
        raise MissingExtra(f"{path.name}: a PDF", "documents")
    import pypdf  # pyright: ignore[reportMissingImports]

    library: Any = pypdf
    try:
        reader: Any = library.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ValueError("is locked with a password")
        pages: list[Any] = list(reader.pages)
        if len(pages) > PAGES:
            raise ValueError(f"has {len(pages):,} pages, over {PAGES:,}; give a part of it")
        texts = [str(page.extract_text()) for page in pages]
    except ValueError:
        raise
    except Exception as error:  # a broken file ends in errors of many kinds
        raise ValueError(
            f"cannot be read as a PDF ({next(iter(str(error).splitlines()), type(error).__name__)})"
        ) from error
    for number, text in enumerate(texts, 1):
        yield from plain(_joined(text), f"page {number}")


def _joined(text: str) -> str:
    """The text with words whole again that were parted at the end of a line, and each paragraph on one line."""
    whole = re.sub(r"(?<=[a-zäöüß])-\n(?=[a-zäöüß])", "", text)
    return re.sub(r"(?<!\n)\n(?!\n)", " ", whole)
