"""IFEval's kinds of instruction, each followed and broken; strict and loose; languages."""

from typing import Any

import pytest

from lamarck.environments.tasks.constraints import RULES, ruled, sentences, unknown
from lamarck.environments.tasks.languages import language

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("punctuation:no_comma", {}, "None here.", "One, here."),
    ("keywords:existence", {"keywords": ["red", "blue"]}, "Red and BLUE.", "Red."),
    ("keywords:frequency", {"keyword": "go", "frequency": 2, "relation": "at least"}, "go, Go!", "go"),
    ("keywords:frequency", {"keyword": "go", "frequency": 2, "relation": "less than"}, "go", "go, Go!"),
    ("keywords:forbidden_words", {"forbidden_words": ["cat"]}, "A category.", "A Cat."),
    ("keywords:letter_frequency", {"letter": "q", "let_frequency": 2, "let_relation": "at least"}, "Qq", "q"),
    ("language:response_language", {"language": "de"}, "Das ist nicht der Weg, den wir gehen.", "This is not the way."),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": "at least"},
        "One. Two.",
        "One by Mr. Two.",
    ),
    ("length_constraints:number_words", {"num_words": 3, "relation": "less than"}, "Two words", "Three words here"),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "one\n***\ntwo", "one\n\ntwo"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "then"},
        "First.\n\nThen, more.",
        "First.\n\nMore.",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[name], [date]", "[name]"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye.\nP.S. more", "Bye. PS"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "Bye.\nP. P. S. more", "Bye.\nP.S. more"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* one\n- two", "* one"),
    ("detectable_format:constrained_response", {}, "My answer is maybe.", "Maybe."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*one* and *two*", "*one* and two"),
    ("detectable_format:multiple_sections", {"section_spliter": "Day", "num_sections": 2}, "Day 1 x Day 2 y", "Day 1"),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', "{a: 1}"),
    ("detectable_format:title", {}, "<<A title>>\nText", "<A title> << >>"),
    ("combination:two_responses", {}, "one\n******\ntwo", "same\n******\nsame"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say hi."}, "Say hi. Hi!", "Hi! Say hi."),
    ("startend:end_checker", {"end_phrase": "Is that all?"}, 'So it is. Is that all?"', "Is that all? No."),
    ("startend:quotation", {}, '"All of it."', '"Some" of it.'),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        "A BIG dog",
        "A dog",
    ),
    ("change_case:english_capital", {}, "ALL OF THIS IS LARGE.", "ALL of it."),
    ("change_case:english_lowercase", {}, "all of this is small.", "All of it."),
]


@pytest.mark.parametrize(
    ("name", "given", "good", "bad"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_instruction_followed_and_broken(name: str, given: dict[str, Any], good: str, bad: str):
    row: dict[str, Any] = {"instruction_id_list": [name], "kwargs": [given | {"unused": None}]}
    assert ruled(row, good).strict
    assert not ruled(row, bad).strict
    assert not ruled(row, "").strict


def test_every_kind_is_tried():
    assert {name for name, *_ in CASES} == set(RULES)


def test_loose_takes_away_what_models_put_around_their_answer():
    row: dict[str, Any] = {"instruction_id_list": ["startend:quotation", "punctuation:no_comma"], "kwargs": [{}, {}]}
    found = ruled(row, 'Sure, here you are:\n"It is done."')
    assert (found.strict, found.loose, found.followed, found.asked) == (False, True, 0, 2)
    assert found.broken == ("startend:quotation", "punctuation:no_comma")


def test_the_share_counts_instructions():
    row: dict[str, Any] = {"instruction_id_list": ["startend:quotation", "punctuation:no_comma"], "kwargs": [{}, {}]}
    assert ruled(row, "None of either.").share == 0.5


def test_a_kind_that_nobody_knows_is_named():
    assert unknown({"instruction_id_list": ["punctuation:no_comma", "odd:kind"]}) == "odd:kind"


def test_arguments_that_are_wrong_are_not_followed_and_do_not_raise():
    assert not ruled({"instruction_id_list": ["keywords:existence"], "kwargs": [{"keywords": 3}]}, "text").strict


@pytest.mark.parametrize(
    ("text", "count"),
    [("One. Two! Three?", 3), ("Mr. Smith paid $3.50 to Dr. No.", 1), ("e.g. this\nand that", 2), ("", 0)],
)
def test_sentences(text: str, count: int):
    assert sentences(text) == count


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The cat is on the table and it is not happy.", "en"),
        ("El gato está en la mesa y no es feliz.", "es"),
        ("Le chat est sur la table et il n'est pas content.", "fr"),
        ("O gato não está na mesa e é muito feliz.", "pt"),
        ("Il gatto è sul tavolo e non è felice.", "it"),
        ("Paka yuko juu ya meza na si mwenye furaha kwa sababu ya mvua.", "sw"),
        ("Con mèo không ở trên bàn và nó là của tôi.", "vi"),
        ("Кот сидит на столе и он не доволен, что это так.", "ru"),
        ("Котката е на масата и не е щастлива, че това се случи.", "bg"),
        ("القطة على الطاولة وهي ليست سعيدة في هذا اليوم.", "ar"),
        ("گربه روی میز است و این را از ما می خواهد که با آن برویم.", "fa"),
        ("بلی میز پر ہے اور یہ خوش نہیں ہے کہ ہم اس کے ساتھ ہیں۔", "ur"),
        ("बिल्ली मेज पर है और यह खुश नहीं है।", "hi"),
        ("मांजर टेबलावर आहे आणि ते खूश नाही.", "mr"),
        ("বিড়াল টেবিলে আছে।", "bn"),
        ("고양이가 탁자 위에 있다.", "ko"),
        ("猫はテーブルの上にいます。", "ja"),
        ("猫在桌子上。", "zh"),
        ("แมวอยู่บนโต๊ะ", "th"),
        ("123 !?", ""),
    ],
)
def test_languages(text: str, code: str):
    assert language(text) == code
