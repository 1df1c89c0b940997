"""`lamarck feedback add`: what people said of answers, checked and written in one form."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

import typer

from lamarck.core import UsageError
from lamarck.data import feedback
from lamarck.report import inert
from lamarck.report.words import count


def command(
    action: Annotated[Literal["add"], typer.Argument(help="add: read a file of thumbs, edits or pairs.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON lines, JSON, CSV or Parquet.")],
    out: Annotated[Path, typer.Option(help="Where it goes; what is there already stays.")] = Path("feedback.jsonl"),
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out rows that cannot be used.")] = False,
) -> None:
    """Add feedback to a file that lamarck run --feedback reads; secrets are taken out, repeats are left out."""
    heard = feedback.read(file, skip_bad=skip_bad)
    before = feedback.read(str(out)).said if out.exists() else ()
    fresh = [one for one in dict.fromkeys(heard.said) if one not in set(before)]
    _write(out, feedback.dump([*before, *fresh]))
    counts = Counter(one.kind for one in fresh)
    kinds = ", ".join(count(counts[kind], kind) for kind in ("thumb", "edit", "pair") if counts[kind]) or "nothing"
    print(f"{inert(str(out), 200)}: {kinds} added, {len(before) + len(fresh):,} in all")
    if repeats := len(heard.said) - len(fresh):
        print(f"{repeats:,} were there already")
    if heard.secrets:
        print(f"{count(heard.secrets, 'secret')} taken out")
    for bad in heard.bad[: feedback.SHOWN]:
        print(f"left out, row {bad.number}: {inert(bad.reason, 200)}")
    if len(heard.bad) > feedback.SHOWN:
        print(f"left out, {len(heard.bad) - feedback.SHOWN:,} more rows")


def _write(path: Path, text: str) -> None:
    """The file as a whole or not at all. Raises: UsageError where it cannot be written."""
    draft = ""
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError as error:
        if draft:
            Path(draft).unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written ({error.strerror}); give another: --out FILE") from error
