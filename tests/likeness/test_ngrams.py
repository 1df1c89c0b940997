"""Vectors of texts: stable, of length 1, near where the texts are."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from lamarck.likeness import NGrams

TEXTS = ["Machine bodelufina: turn 46729 into 01325.", "3+4", "", "é\ud800\0 \u2028ß"]
KNOWN = "57323257d6fadbca"
"""What the vectors were when this was written: those in old run folders must stay comparable."""


def test_the_vectors_are_those_of_old_runs():
    assert hashlib.sha256(NGrams()(TEXTS).tobytes()).hexdigest()[:16] == KNOWN


def test_another_process_makes_the_same():
    made = f"lamarck.likeness.NGrams()({TEXTS!a}).tobytes()"
    code = f"import hashlib, lamarck.likeness; print(hashlib.sha256({made}).hexdigest())"
    for seed in ("1", "2"):  # Python's own hash of a text differs between these two
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert done.stdout[:16] == KNOWN


def test_a_vector_depends_on_its_text_alone():
    alone = np.concatenate([NGrams()([text]) for text in TEXTS])
    assert (NGrams()(TEXTS) == alone).all()
    many = [f"text {i % 7}" for i in range(3000)]
    assert (NGrams()(many)[2999] == NGrams()([many[2999]])[0]).all()


def test_lengths_are_1_or_0_where_there_is_nothing_to_count():
    lengths = np.linalg.norm(NGrams()(TEXTS).astype(np.float64), axis=1)
    assert lengths == pytest.approx([1, 1, 0, 1], abs=1e-6)
    assert NGrams()([]).shape == (0, 384)


def test_case_and_spaces_do_not_matter_and_words_do():
    one, same, other = NGrams()(["Turn 46729  into\n01325", " turn 46729 INTO 01325", "What is the capital of France?"])
    assert (one == same).all()
    assert abs(float(one @ other)) < 0.2


def test_signs_keep_different_texts_apart():
    """Without them every shared bucket would count as likeness."""
    texts = ["".join(chr(97 + (i * i * 7 + j * i) % 26) for j in range(200)) for i in range(2, 40)]
    vectors = NGrams()(texts).astype(np.float64)
    likeness = (vectors @ vectors.T)[np.triu_indices(len(texts), 1)]
    assert abs(np.median(likeness)) < 0.1


def test_the_name_says_what_decides():
    assert NGrams().name == "ngrams-3-5-384"
    assert NGrams(longest=4).name != NGrams().name
    assert not (NGrams(longest=4)(TEXTS) == NGrams()(TEXTS)).all()
