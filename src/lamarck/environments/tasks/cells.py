"""Cells of a row, by the names that people give their columns."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from typing import Any, cast

from lamarck.core import UsageError
from lamarck.data.rows import Row
from lamarck.environments.tasks.item import Item, Unfit

NAMES: Mapping[str, tuple[str, ...]] = {
    "question": ("question", "problem", "prompt", "query", "input", "instruction", "text", "task"),
    "answer": (
        "answer", "final_answer", "target", "label", "expected", "expected_answer", "reference", "ground_truth",
        "gold", "correct", "correct_answer", "answerKey", "answer_key", "output", "completion", "solution",
        "response", "pattern", "regex",
    ),
    "options": ("options", "choices", "candidates"),
    "rationale": ("rationale", "explanation", "reasoning", "cot", "chain_of_thought", "solution", "steps"),
    "split": ("split", "partition", "fold"),
    "must_pass": ("must_pass",),
    "group": ("task", "subject", "type", "category", "topic", "domain", "group", "level"),
}  # fmt: skip
"""What a task is made of -> the columns it is looked for in, in this order, whatever their letter case."""
MARKS = {"true": True, "yes": True, "1": True, "x": True, "false": False, "no": False, "0": False, "": False}
"""What a mark may say, whatever its letter case."""
OPTION = re.compile(r"^\s*\(?([A-Za-z0-9])[).:]\s*(.+?)\s*$", re.DOTALL)
LISTED = re.compile(r"^[ \t]*\(([A-Z])\)[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)


def named(row: Row, columns: Mapping[str, str], where: str) -> dict[str, str]:
    """What a task is made of -> its column in this table. In: the user's own names for some.

    Raises: UsageError that says which columns there are.
    """
    there = {name.casefold(): name for name in row}
    listed = ", ".join(row) or "none"
    found = dict[str, str]()
    for part, column in columns.items():
        if part not in NAMES:
            raise UsageError(f"--columns {part}={column}: a task has {', '.join(NAMES)}")
        if column not in row:
            raise UsageError(f"{where} has no column '{column}'; it has {listed}")
        found[part] = column
    for part, names in NAMES.items():
        free = (there[name.casefold()] for name in names if name.casefold() in there)
        column = next((name for name in free if name not in found.values()), "")
        if column and part not in found:
            found[part] = column
    if "question" not in found:
        raise UsageError(
            f"{where} has no column for the question; it has {listed}; name it: --columns question=NAME,answer=NAME"
        )
    return found


def item(row: Row, columns: Mapping[str, str], *, labelled: bool) -> Item:
    """The item of a row whose columns are known. Raises: Unfit."""
    question = _asked(cell(row, columns["question"]))
    given = row.get(columns.get("answer", ""))
    if labelled and (given is None or str(given).strip() == ""):
        raise Unfit(f"{columns['answer']}: is empty")
    options = _options(row, columns, question)
    reference = "" if given is None else str(given).strip()
    rationale = str(row.get(columns.get("rationale", "")) or "")
    if "####" in reference:
        rationale, _, reference = (part.strip() for part in reference.rpartition("####"))
    return Item(
        question=question,
        reference=_letter(given, reference, options) if options else reference,
        options=options,
        rationale=rationale if rationale != reference else "",
        group=str(row.get(columns.get("group", "")) or ""),
        split=str(row.get(columns.get("split", "")) or ""),
        row=row,
    )


def cell(row: Row, name: str) -> Any:
    """A cell that must be there. Raises: Unfit."""
    if row.get(name) is None:
        raise Unfit(f"{name}: is missing")
    return row[name]


def text(row: Row, name: str) -> str:
    """A cell that must be text. Raises: Unfit."""
    value = cell(row, name)
    if not isinstance(value, str):
        raise Unfit(f"{name}: is a {type(value).__name__}, no text")
    return value


def split_of(row: Row) -> str:
    """The split that a row names, "" where it names none."""
    return str(next((row[name] for name in NAMES["split"] if isinstance(row.get(name), str)), ""))


def group_of(row: Row) -> str:
    """The part of the data that a row is of, "" where it names none."""
    return str(next((row[name] for name in NAMES["group"] if isinstance(row.get(name), str)), ""))


def lettered(options: Sequence[str]) -> dict[str, str]:
    """Letter -> words, from words that begin with their letter ("A)5"), or without."""
    marked = [OPTION.match(option) for option in options]
    if all(marked) and len({match[1] for match in marked if match}) == len(options):
        return {match[1]: match[2] for match in marked if match}
    return dict(zip(string.ascii_uppercase, options, strict=False))


def options_in(question: str) -> dict[str, str]:
    """Letter -> words, as a question lists them: a line "(A) words" for each."""
    return dict(LISTED.findall(question))


def marked(row: Row, columns: Mapping[str, str]) -> bool:
    """Whether a row is a case that must pass. Raises: Unfit for a mark that says neither yes nor no."""
    name = columns.get("must_pass", "must_pass")
    mark = row.get(name)
    said = "" if mark is None else str(mark).strip().casefold()
    if said not in MARKS:
        raise Unfit(f"{name}: {str(mark)[:40]!r} says neither yes nor no; write true or false")
    return MARKS[said]


def _asked(value: Any) -> str:
    """A question's text; of a conversation its last user's turn."""
    if isinstance(value, list):
        turns = [cast("dict[str, Any]", turn) for turn in cast("list[Any]", value) if isinstance(turn, dict)]
        value = next((turn.get("content") for turn in reversed(turns) if turn.get("role") == "user"), "")
    if not isinstance(value, str):
        raise Unfit(f"the question is a {type(value).__name__}, no text")
    if not value.strip():
        raise Unfit("the question is empty")
    return value.strip()


def _options(row: Row, columns: Mapping[str, str], question: str) -> dict[str, str]:
    given: Any = row.get(columns.get("options", ""))
    if isinstance(given, dict):
        parts = cast("dict[str, Any]", given)
        if isinstance(parts.get("text"), list):
            labels = parts.get("label") or list(string.ascii_uppercase[: len(parts["text"])])
            return {str(label): str(words) for label, words in zip(labels, parts["text"], strict=True)}
        return {str(letter): str(words) for letter, words in parts.items()}
    if isinstance(given, list):
        return lettered([str(each) for each in cast("list[Any]", given)])
    if isinstance(given, str) and given.strip():
        return lettered([part for part in re.split(r"\s*[|\n;]\s*", given) if part])
    if columns_of := [name for name in string.ascii_uppercase[:10] if row.get(name) not in (None, "")]:
        return {name: str(row[name]) for name in columns_of} if len(columns_of) > 1 else {}
    return options_in(question)


def _letter(given: Any, reference: str, options: Mapping[str, str]) -> str:
    """The letter of a label that is a letter, a position from 0, or an option's words. Raises: Unfit."""
    bare = reference.strip("() .")
    if bare in options:
        return bare
    if bare.upper() in options:
        return bare.upper()
    if re.fullmatch(r"\d+", bare) and int(bare) < len(options) and not isinstance(given, bool):
        return list(options)[int(bare)]
    for letter, words in options.items():
        if words.casefold() == reference.casefold():
            return letter
    raise Unfit(f"the answer {reference[:40]!r} is none of the options {', '.join(options)}")
