"""`lamarck decontaminate`: whether a file holds items that are held out, and its clean rest."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from rich.console import Console

from lamarck.api.decontaminating import Looked, decontaminate
from lamarck.core import describe
from lamarck.report import inert

PATIENCE = 2.0
"""Seconds before progress is told, and between two such lines."""
SHOWN = 50
"""Hits that are printed one by one; --json has all."""


def command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSONL, JSON, CSV, TSV, Parquet or plain text.")],
    against: Annotated[list[str], typer.Option(metavar="FILE", help="What is held out; may be given several times.")],
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Where the clean rest is written.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as data.")] = False,
) -> int:
    """Name the rows that hold a held-out item, whatever the copy looks like.

    Exit code 3 where there are any and no clean rest was asked for, so that a script stops; else 0.
    """
    console, told = Console(highlight=False, stderr=True), [time.monotonic()]

    def progress(rows: int) -> None:
        if time.monotonic() - told[0] > PATIENCE:
            told[0] = time.monotonic()
            console.print(f"{rows:,} rows ...")

    looked = decontaminate(file, against, out=out, progress=progress)
    if as_json:
        print(json.dumps(_data(looked), indent=1, ensure_ascii=True))
    else:
        _print(looked, file, out)
    return 3 if looked.found and not out else 0


def _print(looked: Looked, file: str, out: str | None) -> None:
    lines = [f"{file}, row {one.row}: {one.hit.reason}: {one.hit.shared} ..." for one in looked.found[:SHOWN]]
    if len(looked.found) > SHOWN:
        lines.append(f"... and {len(looked.found) - SHOWN:,} more; --json has all")
    lines += [f"{file}, row {bad.number}: not looked at: {bad.reason}" for bad in looked.bad[:SHOWN]]
    lines.append(
        f"{len(looked.found):,} of {looked.rows:,} rows hold a held-out item of {looked.items:,}"
        + (f"; {len(looked.bad):,} could not be read" if looked.bad else "")
        + (f"; the clean rest is in {out}" if out else "")
    )
    for line in lines:
        print(inert(line, 400))


def _data(looked: Looked) -> dict[str, object]:
    found = [{"row": one.row, **describe(one.hit)} for one in looked.found]
    bad = [{"row": bad.number, "reason": bad.reason} for bad in looked.bad]
    return {"rows": looked.rows, "items": looked.items, "found": found, "bad": bad}
