"""A user's table: six kinds of file, each fault with its line, nothing huge in memory, no script run."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lamarck.core import UsageError
from lamarck.data import rows
from lamarck.data.rows import Bad

ROWS = [{"question": "2+3", "answer": "5"}, {"question": "2+4", "answer": "6"}]


def written(folder: Path, name: str, text: str | bytes) -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def lines(*given: object) -> str:
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in given)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.jsonl", lines(*ROWS, "")),
        ("t.jsonl", "\ufeff" + lines(*ROWS)),
        ("t.json", json.dumps(ROWS)),
        ("t.json", json.dumps({"name": "x", "examples": ROWS}, indent=1)),
        ("t.json", lines(*ROWS)),
        ("t.csv", "question,answer\n2+3,5\n2+4,6\n"),
        ("t.tsv", "question\tanswer\n2+3\t5\n2+4\t6\n"),
        ("t.jsonl", json.dumps(ROWS, indent=1)),  # one list under the wrong suffix
        ("t.jsonl.gz", gzip.compress(lines(*ROWS).encode(), mtime=0)),
        ("t.json.gz", gzip.compress(json.dumps(ROWS).encode(), mtime=0)),
        ("t.csv.gz", gzip.compress(b"question,answer\n2+3,5\n2+4,6\n", mtime=0)),
    ],
)
def test_the_same_rows_of_every_kind_of_file(tmp_path: Path, name: str, text: str | bytes):
    table = rows.read(written(tmp_path, name, text))
    assert [row for _, row in table.rows] == ROWS
    assert not table.bad


def test_parquet(tmp_path: Path):
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t.parquet")
    assert [row for _, row in rows.read(str(tmp_path / "t.parquet")).rows] == ROWS
    with pytest.raises(UsageError, match=r"broken.parquet: is no sound Parquet file"):
        rows.read(written(tmp_path, "broken.parquet", b"PAR1 nonsense"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"question": "2+3", "answer": ', "Expecting value"),
        ("[1, 2]", "is a list, no object"),
        ('{"question": NaN}', "nan is no finite number"),
        ('{"a": 1, "a": 2}', "the key 'a' is given twice"),
        ('{"question": "\\ud800"}', "question: holds half of a surrogate pair"),
        ('{"question": "a\\u0000b"}', "question: holds a NUL character"),
        ('{"q": {"stem": ["\\u0000"]}}', "q: holds a NUL character"),
        ("[" * 5000, "is nested deeper than 64 levels"),
    ],
)
def test_a_bad_line_has_its_number_and_reason_and_the_others_stay(tmp_path: Path, line: str, reason: str):
    table = rows.read(written(tmp_path, "t.jsonl", lines(ROWS[0], line, ROWS[1])))
    assert [number for number, _ in table.rows] == [1, 3]
    (bad,) = table.bad
    assert bad.number == 2
    assert reason in bad.reason


def test_bytes_that_are_no_utf8_spoil_their_line_alone(tmp_path: Path):
    text = lines(ROWS[0]).encode() + b'\n{"question": "\xff"}\n' + lines(ROWS[1]).encode()
    table = rows.read(written(tmp_path, "t.jsonl", text))
    assert len(table.rows) == 2
    assert table.bad == (Bad(number=2, reason="byte 14 is no UTF-8"),)


def test_a_huge_line_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "LONGEST", 1000)
    text = lines(ROWS[0], '{"question": "' + "x" * 5000 + '"}', ROWS[1])
    table = rows.read(written(tmp_path, "t.jsonl", text))
    assert [number for number, _ in table.rows] == [1, 3]
    assert table.bad[0] == Bad(number=2, reason="is over 1,000 bytes")


def test_a_csv_row_of_another_width_is_bad(tmp_path: Path):
    table = rows.read(written(tmp_path, "t.csv", "question,answer\n2+3,5\n2+4\n"))
    assert table.bad == (Bad(number=3, reason="has 1 cells, the head line 2"),)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.jsonl", "", "holds no task"),
        ("t.csv", "question,answer\n", "holds no task"),
        ("t.jsonl", json.dumps(ROWS[0]).encode("utf-16"), "is UTF-16 or UTF-32; save it as UTF-8"),
        ("t.csv", "question,answer\nä,1\n".encode("latin-1"), "line 2: byte 16 is no UTF-8"),
        ("t.csv", "a,a\n1,2\n", "names a column twice"),
        ("t.json", "{", "t.json"),
        ("t.json", "3", "must be a list of objects"),
        ("t.py", "print(1)", "a loading script is not run"),
        ("t.pkl", b"\x80\x04", "pickles are not read"),
        ("t.jsonl", b"\x1f\x8b\x08\x00", "is an archive; unpack it first"),
        ("t.xlsx", b"PK\x03\x04", "spreadsheets are not read, save it as CSV"),
        ("t.csv", "question;answer\n1;2\n", "parted by semicolons"),
        ("t.jsonl.gz", gzip.compress(b"{}", mtime=0)[:-9], "cannot be unpacked"),
        ("t.jsonl.gz", b"{}", "cannot be unpacked"),
        ("t.json.gz", gzip.compress(b"", mtime=0), "holds no task"),
    ],
)
def test_a_file_that_is_no_table_says_why(tmp_path: Path, name: str, text: str | bytes, message: str):
    with pytest.raises(UsageError, match=message):
        rows.read(written(tmp_path, name, text))


def test_a_packed_file_that_grows_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "LARGEST", 1000)
    with pytest.raises(UsageError, match="unpacks to over 1,000 bytes"):
        rows.read(written(tmp_path, "t.jsonl.gz", gzip.compress(b"\n" * 100_000, mtime=0)))


def test_a_list_among_lines_is_a_bad_row_alone(tmp_path: Path):
    table = rows.read(written(tmp_path, "t.jsonl", lines(["a"], *ROWS)))
    assert [row for _, row in table.rows] == ROWS
    assert table.bad == (Bad(number=1, reason="is a list, no object"),)


def test_a_folder_of_parquet_files_with_splits_in_their_names(tmp_path: Path):
    (tmp_path / "data").mkdir()
    for name, row in zip(("train-00000-of-00001", "test-00000-of-00001"), ROWS, strict=True):
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / "data" / f"{name}.parquet")
    table = rows.read(str(tmp_path))
    assert [row for _, row in table.rows] == [{"split": "test", **ROWS[1]}, {"split": "train", **ROWS[0]}]
    assert rows.read(table.mark).rows == table.rows
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "more.parquet")
    with pytest.raises(UsageError, match="was changed"):
        rows.read(table.mark)


def test_a_folder_without_tables_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="a folder without Parquet files"):
        rows.read(str(tmp_path))


@pytest.mark.slow  # the import of `datasets` alone takes seconds
def test_what_datasets_saved_is_read(tmp_path: Path):
    datasets = pytest.importorskip("datasets")
    kept = datasets.Dataset.from_list(ROWS)
    kept.save_to_disk(str(tmp_path / "one"))
    datasets.DatasetDict(train=kept).save_to_disk(str(tmp_path / "two"))
    assert [row for _, row in rows.read(str(tmp_path / "one")).rows] == ROWS
    assert [row for _, row in rows.read(str(tmp_path / "two")).rows] == [{"split": "train", **row} for row in ROWS]


@pytest.mark.parametrize("name", ["nowhere.jsonl", "./folder/nowhere.csv", "tasks", "a/loader.py"])
def test_a_file_that_is_not_there(name: str):
    with pytest.raises(UsageError, match="no such file"):
        rows.read(name)


def test_a_marked_file_that_was_changed_is_refused(tmp_path: Path):
    name = written(tmp_path, "t.jsonl", lines(*ROWS))
    mark = rows.read(name).mark
    assert len(rows.read(mark).rows) == 2
    written(tmp_path, "t.jsonl", lines(ROWS[0]))
    with pytest.raises(UsageError, match="was changed since the run began"):
        rows.read(mark)
