"""What calls of past runs took: tokens and seconds, by model and kind of prompt."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lamarck.models.endpoint.journal import FILE

SUMS = """SELECT answered, name, count(*), sum(prompt), sum(completion), sum(1.0 * completion * completion),
    sum(seconds), sum(1.0 * seconds * seconds), sum(sends) FROM calls WHERE state = 'done' AND sends > 0
    GROUP BY answered, name"""


@dataclass(frozen=True, kw_only=True)
class Known:
    """Sums over past calls of one kind."""

    count: int = 0
    prompt: float = 0.0
    written: float = 0.0
    written_2: float = 0.0
    """Of squares."""
    seconds: float = 0.0
    seconds_2: float = 0.0
    sends: int = 0

    def __add__(self, other: Known) -> Known:
        return Known(**{name: getattr(self, name) + getattr(other, name) for name in vars(self)})


def past(folders: Iterable[Path]) -> dict[tuple[str, str], Known]:
    """What the journals in these run folders hold, by (model as people type it, prompt's name).

    A file that cannot be read counts as none: a plan must not fail over an old run.
    """
    found = dict[tuple[str, str], Known]()
    for folder in folders:
        path = folder / FILE
        if not path.is_file():
            continue
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1)) as at:
                rows = at.execute(SUMS).fetchall()
        except sqlite3.Error:
            continue
        for model, name, *sums in rows:
            known = Known(**dict(zip(vars(Known()), (value or 0 for value in sums), strict=True)))
            found[model, name] = found.get((model, name), Known()) + known
    return found
