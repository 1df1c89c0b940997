"""Text of others, and markup made of it."""

import pytest

from lamarck.report import inert
from lamarck.report.markup import Html, join, table, tag


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ümläut, 漢字, 🙂", "plain, ümläut, 漢字, 🙂"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[0m\x07\x9b", "\\x1b[0m\\x07\\x9b"),
        ("\u202e\u2066\u200f\ufeff\u2028", "\\u202e\\u2066\\u200f\\ufeff\\u2028"),
        ("\U000e0041\ud800\ue000", "\\U000e0041\\ud800\\ue000"),
        ("x\U000e0101\ufffe", "x\\U000e0101\\ufffe"),
    ],
)
def test_unseen_characters_are_written_out(text: str, shown: str):
    assert inert(text) == shown


def test_lines_stay_lines_where_asked():
    assert inert("a\n\tb\r", lines=True) == "a\n\tb\\r"


def test_a_long_text_is_cut_and_its_length_said():
    assert inert("x" * 30, 10) == "x" * 10 + " … [cut: 10 of 30 characters shown]"


def test_a_pile_of_marks_is_cut_down():
    shown = inert("a" + "\u0301" * 50)
    assert shown.count("\u0301") == 6
    assert "\\u0301" in shown


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "a < b & 'c'") == "<p>a &lt; b &amp; &#x27;c&#x27;</p>"
    assert tag("p", Html("<b>x</b>"), None, ["y", 1000]) == "<p><b>x</b>y1,000</p>"
    assert tag("a", "x", href='#"><script>', class_="k", hidden=True, title=None) == (
        '<a href="#&quot;&gt;&lt;script&gt;" class="k" hidden>x</a>'
    )
    assert tag("rect", width="3%") == '<rect width="3%"/>'
    assert join("<", Html("<br/>")) == "&lt;<br/>"


def test_a_table_heads_its_rows():
    made = table(["round", "x"], [["1", "<"]])
    assert '<th scope="row">1</th><td>&lt;</td>' in made
