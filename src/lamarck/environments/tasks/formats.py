"""The field's formats of task files, told apart by their columns, each row read into an item.

Instructions (messages, ShareGPT, Alpaca, prompt-completion, preference, bare prompts) have no check of their own: what
is answered there is the label.

Source: the published files of GSM8K, MATH, SVAMP, AQuA, ARC, CommonsenseQA, BIG-bench, BIG-Bench Hard, MBPP, HumanEval,
IFEval and the Game of 24 of Tree of Thoughts, and their forms in the `datasets` hub.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from lamarck.data import conversations
from lamarck.data.conversations import ASKING, FORMS, Turns
from lamarck.data.rows import Row
from lamarck.environments.tasks.cells import NAMES, cell, group_of, lettered, options_in, split_of, text
from lamarck.environments.tasks.item import Item, Unfit

Reader = Callable[[Row], Item]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A known kind of file."""

    needs: tuple[str, ...]
    """Columns that tell it."""
    read: Reader
    check: str
    """How its answers are checked unless the user says otherwise."""
    plain: bool = False
    """Whether its columns say the same to any check: one that the user names reads them by their names."""
    fits: Callable[[Row], bool] = lambda row: True
    """What its columns alone do not tell."""


def detected(row: Row, check: str = "") -> str:
    """The format of a table by its first row and the check that is asked for, "" for one that is not known."""
    found = next((name for name, f in FORMATS.items() if set(f.needs) <= row.keys() and f.fits(row)), "")
    return "" if found and FORMATS[found].plain and check not in ("", "none") else found


def _item(row: Row, question: str, reference: str = "", **more: Any) -> Item:
    if not question.strip():
        raise Unfit("the question is empty")
    return Item(question=question.strip(), reference=reference, split=split_of(row), row=row, **more)


def _gsm8k(row: Row) -> Item:
    rationale, mark, reference = text(row, "answer").rpartition("####")
    if not mark or not reference.strip():
        raise Unfit("answer: has no final answer behind ####")
    return _item(row, text(row, "question"), reference.strip(), rationale=re.sub(r"<<[^<>]*>>", "", rationale).strip())


def _math(row: Row) -> Item:
    rationale = text(row, "solution")
    boxes = re.findall(r"\\(?:boxed|fbox)\s*(?:\{|\s)", rationale)
    reference = str(row.get("answer") or "") or (_boxed(rationale) if boxes else "")
    if not reference:
        raise Unfit(r"solution: has no final answer in \boxed{}")
    return _item(row, text(row, "problem"), reference, rationale=rationale, group=group_of(row))


def _boxed(rationale: str) -> str:
    at = max(rationale.rfind("\\boxed"), rationale.rfind("\\fbox"))
    rest = rationale[at:].partition("{")[2] if "{" in rationale[at : at + 8] else rationale[at + 7 :].split("$")[0]
    depth = 1
    for end, char in enumerate(rest):
        depth += (char == "{") - (char == "}")
        if not depth:
            return rest[:end].strip()
    return rest.strip()


def _svamp(row: Row) -> Item:
    body = text(row, "Body").strip()
    question = f"{body if body.endswith(('.', '?', '!', ',')) else body + '.'} {text(row, 'Question').strip()}"
    return _item(row, question, str(cell(row, "Answer")), group=str(row.get("Type") or ""))


def _aqua(row: Row) -> Item:
    options = lettered([str(each) for each in cast("list[Any]", cell(row, "options"))])
    reference = text(row, "correct").strip()
    if reference not in options:
        raise Unfit(f"correct: {reference!r} is none of {', '.join(options)}")
    return _item(row, text(row, "question"), reference, options=options, rationale=str(row.get("rationale") or ""))


def _quiz(row: Row) -> Item:
    """ARC and CommonsenseQA: as published, and as the hub has them."""
    asked: Any = cell(row, "question")
    whole = (
        cast("Mapping[str, Any]", asked)
        if isinstance(asked, dict)
        else {"stem": asked, "choices": cell(row, "choices")}
    )
    given: Any = whole["choices"]
    if isinstance(given, dict):
        parts = cast("Mapping[str, list[Any]]", given)
        options = dict(zip(map(str, parts["label"]), map(str, parts["text"]), strict=True))
    else:
        options = {str(each["label"]): str(each["text"]) for each in cast("list[Mapping[str, Any]]", given)}
    reference = str(row.get("answerKey") or "").strip()
    if reference not in options:
        raise Unfit(f"answerKey: {reference!r} is none of {', '.join(options)}")
    return _item(row, str(whole["stem"]), reference, options=options)


def _big_bench(row: Row) -> Item:
    scores = cast("Mapping[str, float]", cell(row, "target_scores"))
    best = max(scores, key=lambda name: scores[name], default="")
    if not best or not scores[best]:
        raise Unfit("target_scores: names no right answer")
    if {name.casefold() for name in scores} <= {"yes", "no", "true", "false", "valid", "invalid"}:
        return _item(row, text(row, "input"), best, group=group_of(row))
    options = {chr(ord("A") + at): name for at, name in enumerate(scores)}
    return _item(row, text(row, "input"), next(k for k, v in options.items() if v == best), options=options)


def _bbh(row: Row) -> Item:
    question, reference = text(row, "input"), text(row, "target").strip()
    options = options_in(question) if re.fullmatch(r"\([A-Z]\)", reference) else {}
    return _item(row, question, reference.strip("()") if options else reference, options=options, group=group_of(row))


def _mbpp(row: Row) -> Item:
    question = text(row, "text" if "text" in row else "prompt")
    if not cell(row, "test_list"):
        raise Unfit("test_list: is empty")
    return _item(row, question, text(row, "code"))


def _humaneval(row: Row) -> Item:
    prompt = text(row, "prompt")
    return _item(row, prompt, prompt + str(row.get("canonical_solution") or ""))


def _ifeval(row: Row) -> Item:
    if len(cast("list[Any]", cell(row, "instruction_id_list"))) != len(cast("list[Any]", cell(row, "kwargs"))):
        raise Unfit("kwargs: must be one for each of instruction_id_list")
    return _item(row, text(row, "prompt"))


def _game24(row: Row) -> Item:
    numbers = re.findall(r"\d+", text(row, "Puzzles"))
    if len(numbers) < 2:
        raise Unfit("Puzzles: must be numbers")
    return _item(row, " ".join(numbers))


def _has_mark(row: Row) -> bool:
    return isinstance(row["answer"], str) and "####" in row["answer"]


def _is_quiz(row: Row) -> bool:
    return isinstance(row["question"], dict) or "choices" in row


def _instructions(read: Callable[[Row], Turns]) -> Reader:
    def reader(row: Row) -> Item:
        before, question, answer = conversations.parted(read(row))
        return _item(row, question, answer.strip(), before=before, group=group_of(row))

    return reader


def _is_free(row: Row) -> bool:
    """Whether nothing but an answer's text is there to check by."""
    return not {name.casefold() for name in row} & {*NAMES["options"], "tests", "test_list", "test"}


def _is_bare(row: Row) -> bool:
    """Whether it asks and says no answer."""
    answers = {name.casefold() for name in NAMES["answer"]}
    return any(name in row for name in ASKING) and _is_free(row) and not {name.casefold() for name in row} & answers


PLAIN = ("prompt-completion", "preference")
INSTRUCTIONS: Mapping[str, Format] = {
    **{
        name: Format(needs=needs, read=_instructions(read), check="none", plain=name in PLAIN, fits=_is_free)
        for name, (needs, read) in FORMS.items()
    },
    "prompts": Format(needs=(), read=_instructions(conversations.prompt), check="none", plain=True, fits=_is_bare),
}
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "mbpp": Format(needs=("code", "test_list"), read=_mbpp, check="code"),
        "humaneval": Format(needs=("prompt", "test", "entry_point"), read=_humaneval, check="code"),
        "ifeval": Format(needs=("prompt", "instruction_id_list", "kwargs"), read=_ifeval, check="constraints"),
        "game24": Format(needs=("Puzzles",), read=_game24, check="game24"),
        "quiz": Format(needs=("question", "answerKey"), read=_quiz, check="choice", fits=_is_quiz),
        "aqua": Format(needs=("question", "options", "correct"), read=_aqua, check="choice"),
        "svamp": Format(needs=("Body", "Question", "Answer"), read=_svamp, check="numeric"),
        "math": Format(needs=("problem", "solution"), read=_math, check="numeric"),
        "gsm8k": Format(needs=("question", "answer"), read=_gsm8k, check="numeric", fits=_has_mark),
        "bigbench": Format(needs=("input", "target_scores"), read=_big_bench, check="exact"),
        "bbh": Format(needs=("input", "target"), read=_bbh, check="exact"),
        **INSTRUCTIONS,
    }
)
"""The formats there are, the most telling columns first."""
