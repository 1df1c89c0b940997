"""A table as items: its format found, bad rows refused or left out, duplicates counted, splits that never overlap."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lamarck.core import Split, UsageError
from lamarck.data import rows as data
from lamarck.data.answers import Answers, form_of
from lamarck.data.rows import Bad, Row, Table
from lamarck.environments.code.problem import of_row
from lamarck.environments.code.project import files_of
from lamarck.environments.tasks import cells
from lamarck.environments.tasks.constraints import unknown
from lamarck.environments.tasks.formats import FORMATS, INSTRUCTIONS, detected
from lamarck.environments.tasks.item import Item, Unfit
from lamarck.environments.tasks.splits import dealt

CHECKS = ("exact", "numeric", "choice", "regex", "code", "constraints", "game24", "project", "project-trusted", "none")
"""Checks by name; anything else is a function of the user's own."""
UNLABELLED = ("constraints", "game24", "own", "code", "project", "project-trusted", "none")
"""Checks that need no label in the file."""
WORDS = re.compile(r"[A-Za-z][A-Za-z .'-]+")
SHOWN = 3
"""Bad rows that a message quotes."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a table gives."""

    items: Mapping[Split, tuple[Item, ...]]
    check: str
    mark: str
    bad: tuple[Bad, ...] = ()
    """Rows left out."""
    duplicates: int = 0
    """Rows that repeat an earlier question, or one of a split held further out."""
    conflicts: int = 0
    """Those of them whose label is another."""

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of the rows, for the event log and for people."""
        sizes = {split: len(items) for split, items in self.items.items()}
        return {**sizes, "bad": len(self.bad), "duplicates": self.duplicates, "conflicts": self.conflicts}


def read(name: str, *, check: str = "", columns: Mapping[str, str] | None = None, skip_bad: bool = False) -> Reading:
    """The items of a file or data set.

    Raises: UsageError naming the bad rows and why (unless ``skip_bad``), the columns that are missing and those that
    there are, or the checks to choose from.
    """
    table = data.read(name)
    if not table.rows:
        raise _faulty(table.source, table.bad, len(table.bad))
    kind = "" if columns else detected(table.rows[0][1], check)
    asked = check or (FORMATS[kind].check if kind else "")
    if not asked:
        there = ", ".join(table.rows[0][1])
        raise UsageError(
            f"how are the answers of {table.source} checked? its columns ({there}) are no known format; "
            f"type: --check {', --check '.join(CHECKS[:4])}, or --check FILE.py:function"
        )
    rule = asked if asked in CHECKS else "own"
    items, unfit = _items(table, kind, rule, columns or {})
    items, more = _formed(items, rule, known=bool(kind))
    bad = sorted([*table.bad, *unfit, *more], key=lambda each: each.number)
    if bad and not (skip_bad and items):
        raise _faulty(table.source, bad, len(table.rows) + len(table.bad))
    try:
        found = dealt(items)
    except UsageError as error:
        raise UsageError(f"{error}; {len(bad):,} bad rows were left out" if bad else str(error)) from error
    return Reading(
        items=found.items,
        check=asked,
        mark=table.mark,
        bad=tuple(bad),
        duplicates=found.duplicates,
        conflicts=found.conflicts,
    )


def _items(table: Table, kind: str, rule: str, columns: Mapping[str, str]) -> tuple[list[Item], list[Bad]]:
    """Every row as an item, or the reason why it gives none."""
    labelled = rule not in UNLABELLED
    names = {} if kind else cells.named(table.rows[0][1], columns, table.source)
    if not kind and labelled and "answer" not in names:
        there = ", ".join(table.rows[0][1])
        raise UsageError(f"{table.source} has no column for the answer; it has {there}; name it: --columns answer=NAME")
    found, bad = list[Item](), list[Bad]()
    for number, row in table.rows:
        try:
            made = _known(kind, row) if kind else cells.item(row, _there(names, row), labelled=labelled)
            if labelled and not made.reference:
                raise Unfit("has no answer to check by")
            found.append(replace(made, number=number, must_pass=cells.marked(row, columns)))
        except Unfit as error:
            bad.append(Bad(number=number, reason=str(error)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            bad.append(Bad(number=number, reason=f"is not of the format {kind or 'that the first row has'}: {error}"))
    return found, bad


def _known(kind: str, row: Row) -> Item:
    """The item of a row of a known format. Raises: Unfit for a row of another one, and what the format raises."""
    there, other = set(FORMATS[kind].needs) <= row.keys(), detected(row)
    if kind in INSTRUCTIONS and other != kind and not (there and kind != "prompts"):
        seen = f"is of the form {other}" if other else f"has {', '.join(row) or 'no column'}"
        raise Unfit(f"{seen}, but the first row is of the form {kind}")
    return FORMATS[kind].read(row)


def _there(names: Mapping[str, str], row: Row) -> Mapping[str, str]:
    """The same columns; a row that lacks the question's or the answer's own is no task."""
    for part in ("question", "answer"):
        if part in names and names[part] not in row:
            raise Unfit(f"has no '{names[part]}'; it has {', '.join(row)}")
    return names


def _formed(items: Sequence[Item], rule: str, *, known: bool) -> tuple[list[Item], list[Bad]]:
    """The items with the form of their answers, which all of a group share; and rows whose label does not fit it."""
    groups = dict[tuple[str, bool], list[Item]]()
    for each in items:
        groups.setdefault((each.group, bool(each.options)), []).append(each)
    shared = {key: _form(group, rule) for key, group in groups.items()}
    found, bad = list[Item](), list[Bad]()
    for each in items:
        answers = shared[each.group, bool(each.options)]
        if fault := _fault(each, rule, known=known):
            bad.append(Bad(number=each.number, reason=fault))
        else:
            found.append(replace(each, answers=replace(answers, options=each.options)))
    return found, bad


def _form(group: Sequence[Item], rule: str) -> Answers:
    references = [each.reference for each in group]
    if group[0].options and rule in ("exact", "choice", "own"):
        return Answers(form="choice")
    if rule == "numeric":
        return Answers(form="number" if form_of(references) == "number" else "math")
    form = form_of(references) if rule in ("exact", "own") else "text"
    if form == "word":
        spellings = {text.strip().casefold(): text.strip() for text in references}
        return Answers(form="word", labels=tuple(sorted(spellings.values())))
    return Answers(form=form if form == "date" or (form == "number" and group[0].group) else "text")


def _fault(each: Item, rule: str, *, known: bool) -> str:
    """Why a label does not fit the check, "" where it does."""
    if rule == "choice" and len(each.options) < 2:
        return "has no options; give a column of options, or list them in the question as (A) ... on lines of their own"
    # MATH has answers in words; in a table of one's own they are a slip
    if rule == "numeric" and not known and WORDS.fullmatch(each.reference):
        return f"the answer {each.reference[:40]!r} is no number"
    try:
        if rule == "code":
            of_row(each.row)
        if rule.startswith("project"):
            files_of(each.row)
        if rule == "regex":
            re.compile(each.reference)
        if rule == "constraints" and (name := unknown(each.row)):
            return f"the instruction {name!r} is not known"
        if rule == "game24" and not re.fullmatch(r"\d+(?: \d+)+", each.question):
            return f"{each.question[:40]!r} are no numbers"
    except (KeyError, TypeError, ValueError, re.error, RecursionError) as error:
        return f"the pattern is none: {error}" if rule == "regex" else str(error)
    return ""


def _faulty(source: str, bad: Sequence[Bad], rows: int) -> UsageError:
    lines = [f"{source}, line {each.number}: {each.reason}" for each in bad[:SHOWN]]
    more = f"\n... and {len(bad) - SHOWN:,} more" if len(bad) > SHOWN else ""
    cure = "; type: --skip-bad to leave them out" if len(bad) < rows else ""
    told = "\n".join(lines) + more
    return UsageError(f"{told}\n{len(bad):,} of {rows:,} rows cannot be used{cure}")
