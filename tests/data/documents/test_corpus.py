"""Documents as passages: each kind of file read, cut under its headings, what gives nothing named and counted."""

import json
from pathlib import Path

import pytest

from lamarck.core import MissingExtra, UsageError
from lamarck.data.documents.blocks import html, markdown, plain
from lamarck.data.documents.corpus import Corpus, read
from lamarck.data.documents.passages import Window

LONG = " ".join(f"word{n}" for n in range(30)) + "."
SMALL = Window(least=3, most=40)


def corpus(folder: Path, files: dict[str, str], *, skip_bad: bool = False, window: Window = SMALL) -> Corpus:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return read(str(folder), window=window, skip_bad=skip_bad)


def test_plain_text_is_paragraphs_or_lines():
    assert [(b.text, b.place) for b in plain("one\ntwo\n\n\nthree\n")] == [("one\ntwo", "line 1"), ("three", "line 5")]
    assert [(b.text, b.place) for b in plain("one\ntwo")] == [("one", "line 1"), ("two", "line 2")]


def test_markdown_knows_its_headings_and_leaves_code_whole():
    code = "```\n# no heading\n\nrun\n```"
    text = f"---\ntitle: x\n---\n# Guide\n\nHello you.\n\n## Install\nType this:\n\n{code}\n***\nUnder\n===\nLast.\n"
    found = [(b.heading, b.text) for b in markdown(text)]
    assert found == [
        ("Guide", "Hello you."),
        ("Guide > Install", "Type this:"),
        ("Guide > Install", "```\n# no heading\n\nrun\n```"),
        ("Under", "Last."),
    ]


def test_a_page_is_its_text_without_what_stands_around_it():
    text = (
        "<html><head><title>t</title><style>a{}</style></head><body><nav>Home</nav><h1>Eggs</h1><p>Boil <b>one</b>\n "
        "egg &amp; salt.</p><h2>Time</h2><ul><li>Five<br>minutes</li><li>More</li></ul><script>x()</script>"
        "<pre>a\n b</pre><footer>Imprint</footer><h1>Tea</h1><div>Hot</div></body></html>"
    )
    assert [(b.heading, b.text) for b in html(text)] == [
        ("Eggs", "Boil one egg & salt."),
        ("Eggs > Time", "Five\nminutes"),
        ("Eggs > Time", "More"),
        ("Eggs > Time", "a\n b"),
        ("Tea", "Hot"),
    ]


def test_neighbours_under_one_heading_are_one_passage_as_far_as_the_window_goes(tmp_path: Path):
    found = corpus(tmp_path, {"a.md": f"# A\n\n{LONG}\n\nOne two three.\n\n{LONG}\n\n# B\n\nFour five six."}).passages
    assert [(p.heading, len(p.text.split()), p.file, p.place) for p in found] == [
        ("A", 33, "a.md", "line 3"),
        ("A", 30, "a.md", "line 7"),
        ("B", 3, "a.md", "line 11"),
    ]


def test_a_paragraph_that_is_too_long_is_cut_at_its_sentences(tmp_path: Path):
    sentences = " ".join(f"This is sentence number {n} of many." for n in range(20))
    found = corpus(tmp_path, {"a.txt": sentences}).passages
    assert all(len(p.text.split()) <= 40 and p.text.endswith("many.") for p in found)
    assert " ".join(p.text for p in found) == sentences


def test_words_without_sentences_are_cut_too(tmp_path: Path):
    found = corpus(tmp_path, {"a.txt": " ".join(f"w{n}" for n in range(100))}).passages
    assert sum(len(p.text.split()) for p in found) == 100
    assert max(len(p.text.split()) for p in found) <= 40


def test_rows_have_a_text_and_may_have_a_title(tmp_path: Path):
    rows = [{"text": "One two three four.", "title": "T"}, {"content": "Five six seven."}]
    found = corpus(tmp_path, {"a.jsonl": "\n".join(map(json.dumps, rows))}).passages
    assert [(p.heading, p.text, p.place) for p in found] == [
        ("T", "One two three four.", "line 1"),
        ("", "Five six seven.", "line 2"),
    ]


def test_what_gives_nothing_is_counted_and_named(tmp_path: Path):
    found = corpus(
        tmp_path,
        {"a.txt": "One two three.", "sub/b.txt": "ONE  two, three!", "c.md": "# Only a heading\n", "d.txt": "Too short",
         "e.zip": "x", ".git/f.txt": "Never seen at all."},
    )  # fmt: skip
    assert [p.file for p in found.passages] == ["a.txt"]
    assert found.account == {
        "documents": 4, "passages": 1, "short": 1, "duplicates": 1, "empty": 1, "not read": 1, "bad": 0,
        "names": {"empty": ["c.md"], "not read": ["e.zip"]},
    }  # fmt: skip


def test_a_document_that_cannot_be_read_ends_it_and_is_left_out_on_request(tmp_path: Path):
    (tmp_path / "bad.txt").write_bytes(b"caf\xe9 and more of it")
    files = {"a.txt": "One two three.", "b.jsonl": '{"other": 1}\n{"text": "Four five six."}'}
    with pytest.raises(UsageError) as refused:
        corpus(tmp_path, files)
    assert "b.jsonl, line 1: has other; give its text as one of text, content" in str(refused.value)
    assert "bad.txt: byte 3 is no UTF-8; save it as UTF-8" in str(refused.value)
    assert "type: --skip-bad" in str(refused.value)
    found = corpus(tmp_path, files, skip_bad=True)
    assert (len(found.passages), found.account["bad"]) == (2, 2)


def test_nothing_to_read_says_what_there_was(tmp_path: Path):
    with pytest.raises(UsageError, match="gives no passage of 3 words or more: 1 documents, 1 passages too short"):
        corpus(tmp_path, {"a.txt": "Too short"})
    with pytest.raises(UsageError, match="no such file or folder"):
        read(str(tmp_path / "none"))
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(UsageError, match=r"a\.docx: \.docx is not read; give \.txt"):
        read(str(tmp_path / "a.docx"))


def test_documents_that_were_changed_since_are_refused(tmp_path: Path):
    mark = corpus(tmp_path, {"a.txt": "One two three."}).mark
    assert read(mark, window=SMALL).mark == mark
    (tmp_path / "b.txt").write_text("Four five six.")
    with pytest.raises(UsageError, match="was changed since the run began"):
        read(mark, window=SMALL)


def test_a_link_is_passed_over(tmp_path: Path):
    (tmp_path / "outside.txt").write_text("Somebody else's secret words.")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/link.txt").symlink_to(tmp_path / "outside.txt")
    assert [p.file for p in corpus(tmp_path / "docs", {"a.txt": "One two three."}).passages] == ["a.txt"]


@pytest.mark.parametrize("text", ["20", "20-", "40-20", "0-5", "a-b"])
def test_a_window_that_is_none_is_refused(text: str):
    with pytest.raises(UsageError, match="such as 20-400"):
        Window.of(text)
    assert Window.of("5-50") == Window(least=5, most=50)


def nowhere(_name: str) -> None:
    """No package is installed."""


def test_a_pdf_without_the_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lamarck.data.documents.pdf.find_spec", nowhere)
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(MissingExtra, match=r"pip install 'lamarck-lm\[documents\]'"):
        read(str(tmp_path))


def test_a_pdf_gives_its_pages(tmp_path: Path):
    pytest.importorskip("pypdf", reason="PDF files need the extra 'documents'")
    (tmp_path / "a.pdf").write_bytes(printed("One two three four.", "Five six seven eight."))
    found = corpus(tmp_path, {"b.txt": "Nine ten eleven."}).passages
    assert [(p.text, p.file, p.place) for p in found] == [
        ("One two three four.\n\nFive six seven eight.", "a.pdf", "page 1"),
        ("Nine ten eleven.", "b.txt", "line 1"),
    ]
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing else")
    with pytest.raises(UsageError, match=r"broken\.pdf: cannot be read as a PDF"):
        read(str(tmp_path), window=SMALL)


def printed(*pages: str) -> bytes:
    """A PDF with a line of text a page."""
    streams = [f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" for text in pages]
    font = 3 + 2 * len(pages)
    kids = " ".join(f"{3 + 2 * at} 0 R" for at in range(len(pages)))
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    for at, stream in enumerate(streams):
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {4 + 2 * at} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        )
        bodies.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    bodies.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    out, places = b"%PDF-1.4\n", list[int]()
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}trailer << /Size {len(bodies) + 1} /Root 1 0 R >>\n"
    return out + end.encode() + f"startxref\n{len(out)}\n%%EOF\n".encode()
