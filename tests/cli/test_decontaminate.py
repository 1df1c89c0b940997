"""`lamarck decontaminate`: rows named, the clean rest in the file's own form, exit codes; and the sealed split once."""

import csv
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lamarck import testing
from lamarck.api import decontaminating
from lamarck.api.machine import Machine
from lamarck.api.sealing import unsealed
from lamarck.core import Row, UsageError
from lamarck.data import texts
from lamarck.data.rows import Bad
from lamarck.models.budget import Budget
from lamarck.report.sections.held_out import looks
from lamarck.store import RunReader

Lamarck = Callable[..., Any]
HELD = [
    "A ferry with eleven blue cabins leaves the harbour at dawn and each cabin holds three sailors who own parrots.",
    "Seven bakers knead forty loaves before the market opens, then sell all but nine of them to the old castle.",
]
LEAK = "Solve this! A FERRY with eleven blue\ncabins leaves the “harbour” at dawn, and each cabin holds three sailors"
CLEAN = [f"Row {at} tells of {at + 2} rivers, {at * 3} bridges and one very long road to the north." for at in range(6)]
ROWS = [
    {"messages": [{"role": "user", "content": text}], "n": at} for at, text in enumerate([*CLEAN[:3], LEAK, *CLEAN[3:]])
]


def never_wrong(_row: Row) -> bool:
    return True


def lines(rows: list[Any]) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


@pytest.fixture(autouse=True)
def files(lamarck: Lamarck) -> None:
    Path("test.jsonl").write_text(lines([{"question": text, "answer": "yes"} for text in HELD]))
    Path("train.jsonl").write_text(lines(ROWS))


def test_hits_are_named_with_row_item_and_words_and_the_exit_code_is_3(lamarck: Lamarck):
    said = lamarck("decontaminate", "train.jsonl", "--against", "test.jsonl")
    assert said.code == 3
    assert "train.jsonl, row 4: holds 17 words in a row of test.jsonl, row 1: a ferry with eleven blue" in said.out
    assert "1 of 7 rows hold a held-out item of 2" in said.out


def test_the_clean_rest_is_written_and_has_nothing_left(lamarck: Lamarck):
    said = lamarck("decontaminate", "train.jsonl", "--against", "test.jsonl", "--out", "clean.jsonl")
    assert (said.code, Path("clean.jsonl").read_text()) == (0, lines(ROWS[:3] + ROWS[4:]))
    assert lamarck("decontaminate", "clean.jsonl", "--against", "test.jsonl").code == 0
    assert not list(Path().glob(".clean-*"))


def test_as_data(lamarck: Lamarck):
    said = lamarck("decontaminate", "train.jsonl", "--against", "test.jsonl", "--json")
    found = json.loads(said.out)
    assert (found["rows"], found["items"], found["bad"]) == (7, 2, [])
    assert [(one["row"], one["item"], one["kind"], one["words"]) for one in found["found"]] == [
        (4, "test.jsonl, row 1", "run", 17)
    ]


def test_bad_lines_are_named_and_are_not_in_the_rest(lamarck: Lamarck):
    Path("train.jsonl").write_text(lines([ROWS[0], "{nonsense", ROWS[1]]))
    said = lamarck("decontaminate", "train.jsonl", "--against", "test.jsonl", "--out", "clean.jsonl")
    assert said.code == 0
    assert "train.jsonl, row 2: not looked at: " in said.out
    assert Path("clean.jsonl").read_text() == lines(ROWS[:2])


def test_a_held_out_file_must_be_whole(lamarck: Lamarck):
    Path("test.jsonl").write_text("{nonsense\n")
    said = lamarck("decontaminate", "train.jsonl", "--against", "test.jsonl")
    assert said.code == 2
    assert "test.jsonl, row 1: " in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("no.jsonl", "--against", "test.jsonl"), "no such file: no.jsonl"),
        (("train.jsonl",), "Missing option"),
        (("train.jsonl", "--against", "test.jsonl", "--out", "clean.csv"), "is written as .jsonl"),
        (("train.jsonl", "--against", "test.jsonl", "--out", "train.jsonl"), "is the file that is read"),
        (("train.jsonl", "--against", "train.py"), "no such file: train.py"),
        (("train.jsonl", "--against", "empty.jsonl"), "hold no text"),
    ],
)
def test_what_cannot_be_is_said(lamarck: Lamarck, words: tuple[str, ...], message: str):
    Path("empty.jsonl").write_text("")
    said = lamarck("decontaminate", *words)
    assert said.code == 2
    assert message in said.err


def table(suffix: str) -> Path:
    path, rows = Path(f"mine{suffix}"), [CLEAN[0], LEAK, CLEAN[1]]
    match suffix:
        case ".json":
            path.write_text(json.dumps({"data": [{"text": text} for text in rows]}))
        case ".csv":
            with path.open("w", newline="") as file:
                csv.writer(file).writerows([["id", "text"], *([at, text] for at, text in enumerate(rows))])
        case ".parquet":
            pq.write_table(pa.table({"id": [0, 1, 2], "text": rows}), path)
        case _:
            path.write_text("\n\n".join(rows))
    return path


@pytest.mark.parametrize("suffix", [".json", ".csv", ".parquet", ".txt"])
def test_every_kind_of_file_is_read_and_written_in_its_own_form(suffix: str):
    path, out = table(suffix), Path(f"clean{suffix}")
    looked = decontaminating.decontaminate(path, ["test.jsonl"], out=out)
    assert looked.rows == 3
    assert [one.hit.item for one in looked.found] == ["test.jsonl, row 1"]
    said = [text for each in texts.read(out) if not isinstance(each, Bad) for text in each[1] if len(text) > 2]
    assert said == CLEAN[:2]


def test_plain_text_without_empty_lines_is_read_line_by_line():
    Path("mine.txt").write_text(f"{CLEAN[0]}\n{LEAK.replace(chr(10), ' ')}\n{CLEAN[1]}\n")
    looked = decontaminating.decontaminate("mine.txt", ["test.jsonl"], out="clean.txt")
    assert [one.row for one in looked.found] == [2]
    assert Path("clean.txt").read_text() == f"{CLEAN[0]}\n{CLEAN[1]}\n"


def test_a_run_holds_out_the_files_that_are_named_and_refuses_changed_ones():
    mark = texts.marked(Path("test.jsonl"))
    assert decontaminating.items_of(texts.unmarked(mark))[0].name == "test.jsonl, row 1"
    Path("test.jsonl").write_text(lines([{"question": HELD[0]}]))
    with pytest.raises(UsageError, match="was changed since the run began"):
        texts.unmarked(mark)


def test_other_learners_and_splits_are_not_sealed_off():
    unsealed("pupil/game24", "sealed", "game24", again=False)
    unsealed("nowhere:champion", "selection", "game24", again=False)


def test_a_runs_sealed_items_are_scored_once_unless_it_is_meant_and_the_report_counts(
    lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch
):
    @contextmanager
    def doubles(*_asked: object, **_more: object) -> Generator[Any]:
        models = testing.ScriptedModels(
            answer=lambda _p, _s: "The answer is 1.", wrong=lambda _p, _s: "The answer is 0."
        )
        trainer = testing.RecordingTrainer(right=never_wrong)
        yield Machine(models=models, executor=testing.Inline(), trainer=trainer, budget=Budget())  # type: ignore[arg-type]

    for user in ("running", "scoring"):
        monkeypatch.setattr(f"lamarck.api.{user}.machine", doubles)
    Path("sums.jsonl").write_text(lines([{"question": f"{n} / {n}?", "answer": "1"} for n in range(1, 41)]))
    world = ("--tasks", "sums.jsonl", "--check", "numeric")
    quick = ("--samples", "2", "--set", "evaluation.samples=2", "--rounds", "1", "--held-out", "test.jsonl")
    assert lamarck("run", "rest_em", "--learner", "scripted/0.5", *world, *quick, "--out", "mine").code in (0, 3)
    assert RunReader(Path("runs/mine")).info.held_out[0].startswith(str(Path("test.jsonl").resolve()))
    look = ("eval", "--learner", "mine:champion", *world, "--samples", "0", "--split", "sealed")
    said = lamarck(*look)
    assert said.code == 2
    assert "mine has scored its sealed items, once" in said.err
    assert lamarck(*look, "--again").code == 0
    assert looks(RunReader(Path("runs/mine")).events()) == (2, 1, 1)
