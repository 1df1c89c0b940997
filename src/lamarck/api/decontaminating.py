"""What is held out, as files and environments have it, and a file looked through for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lamarck import recipes
from lamarck.api.method import method_of
from lamarck.api.worlds import again
from lamarck.core import Environment, Method, UsageError, stages
from lamarck.data import texts
from lamarck.data.rows import Bad
from lamarck.memory import NGrams
from lamarck.store import RunInfo
from lamarck.trust.held import HeldOut
from lamarck.trust.leakage import Hit, Index, Item
from lamarck.trust.nearly import Nearly
from lamarck.trust.normal import words

AT_ONCE = 2000
"""Rows looked through together."""
FEWEST = 8
"""Words of a text that is looked for beside its row's longest: a label such as "yes" is no item."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A row that holds a held-out item."""

    row: int
    """Its number: of the line, in Parquet and JSON of the row, from 1; of plain text its first line."""
    hit: Hit


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look through a file found."""

    rows: int
    """Looked through."""
    items: int
    """Held-out rows they were looked through for."""
    found: tuple[Found, ...]
    bad: tuple[Bad, ...]
    """Rows that could not be read; they are not in the clean rest."""


def decontaminate(
    file: str | Path,
    against: Iterable[str | Path],
    *,
    out: str | Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Looked:
    """Look through a file for the rows of others; with ``out`` write its clean rest, in its own form.

    In: JSON lines, JSON, CSV, TSV, Parquet or plain text; ``progress`` is told the rows done. Raises: UsageError.
    """
    path, items = Path(file), [item for each in against for item in items_of(Path(each))]
    if not items:
        raise UsageError("the held-out files hold no text; give at least one with --against")
    if out:
        texts.fits(path, Path(out))
    index = Index(items)
    second, found, bad, rows = Nearly(index, NGrams()), list[Found](), list[Bad](), 0
    waiting = list[texts.Told]()

    def look() -> None:
        flat = [(number, text) for number, said in waiting for text in said]
        hits = dict[int, Hit]()
        for (number, _), hit in zip(flat, index.look([text for _, text in flat], second), strict=True):
            if hit:
                hits.setdefault(number, hit)
        found.extend(Found(row=number, hit=hit) for number, hit in hits.items())
        waiting.clear()
        if progress:
            progress(rows)

    for each in texts.read(path):
        if isinstance(each, Bad):
            bad.append(each)
            continue
        rows += 1
        waiting.append(each)
        if len(waiting) == AT_ONCE:
            look()
    look()
    if out:
        texts.without(path, Path(out), {one.row for one in found} | {one.number for one in bad})
    return Looked(rows=rows, items=len(items), found=tuple(found), bad=tuple(bad))


def items_of(path: Path) -> list[Item]:
    """The rows of a file as held-out items; their longest text, and others that are more than a label.

    Raises: UsageError for a row that cannot be read: what is held out must be known.
    """
    items = list[Item]()
    for each in texts.read(path):
        if isinstance(each, Bad):
            raise UsageError(f"{path}, row {each.number}: {each.reason}; what is held out must be whole: mend the file")
        number, said = each
        longest = max(said, key=len, default="")
        kept = tuple(text for text in said if text is longest or len(words(text)) >= FEWEST)
        if kept:
            items.append(Item(name=f"{path.name}, row {number}", texts=kept))
    return items


def leaks_of(world: Environment, method: Method, files: Sequence[str] = ()) -> HeldOut:
    """What a run knows of its held-out items: the environment's, and those of marked files."""
    more = [item for mark in files for item in items_of(texts.unmarked(mark))]
    return HeldOut(environment=world, objective=stages(method)[0].objective, more=more, embed=NGrams())


def leaks_again(info: RunInfo) -> HeldOut:
    """The same of a run that was made. Raises: LamarckError where what it was made with is gone, or was changed."""
    method = method_of(recipes.load(info.recipe_file or info.recipe), info)
    return leaks_of(again(info), method, info.held_out)
