from pathlib import Path
from random import Random

import pytest
from tokenizers import Tokenizer

from lamarck.models.pupil import tokenizer

TEXTS = [
    "4 6 8 13>24|",
    "13-8=5,4 5 6>24;6-5=1,1 4>24;4*1=4.",
    "E27253:scnd=",
    "s22357:cnd;c24729:nd;",
    "007",
    "199 200 5  6 ",
    "IE2=",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_decoding_is_the_inverse_of_encoding(text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_number_is_one_token_and_the_space_between_two_is_free() -> None:
    assert tokenizer.encode("4 13>199") == [84, 93, tokenizer.encode(">")[0], 279]


def test_long_runs_large_numbers_and_leading_zeros_are_digits() -> None:
    assert [len(tokenizer.encode(run)) for run in ("27253", "200", "07", "7")] == [5, 3, 2, 1]


def test_pad_and_end_come_first() -> None:
    assert tokenizer.encode("~.") == [tokenizer.PAD, tokenizer.EOS] == [0, 1]


def test_a_foreign_character_is_named() -> None:
    with pytest.raises(tokenizer.UnknownCharacter, match="'é'"):
        tokenizer.encode("é4")


def test_hugging_face_gives_the_same_ids(tmp_path: Path) -> None:
    tokenizer.save(tmp_path)
    theirs, rng = Tokenizer.from_file(str(tmp_path / "tokenizer.json")), Random(0)
    drawn = ["".join(rng.choices("0123456789 =a>,", k=rng.randint(1, 15))) for _ in range(2000)]
    for text in [*TEXTS, *drawn]:
        ours = tokenizer.encode(text)
        assert theirs.encode(text).ids == ours, text
        assert tokenizer.decode(ours) == text
