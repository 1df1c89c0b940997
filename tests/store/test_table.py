from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.given import EXPERIENCES, batch

from lamarck.core import Batch, Drop, Experience, Feedback, Message, Solution
from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed
from lamarck.store.table import dump_batch, dump_drops, load_batch, load_drops

CODEC = Codec()


@given(st.lists(EXPERIENCES, max_size=4))
@settings(max_examples=15, deadline=None)
def test_any_batch_survives(batch: Batch):
    back = load_batch(dump_batch(batch, CODEC), CODEC)
    assert back == batch
    assert repr(back) == repr(batch)


def test_what_people_query_are_columns():
    table = pq.read_table(pa.BufferReader(dump_batch(batch(2), CODEC)))
    row = table.to_pylist()[1]
    assert (row["id"], row["task_id"], row["kind"], row["split"]) == ("toy/3+4#1", "toy/3+4", "sum", "practice")
    assert (row["text"], row["passed"], row["score"], row["seed"]) == ("8", False, 0.0, 2**64 - 1)
    assert (row["operator"], row["learner"], row["round"]) == ("solutions.Sample", "ab", 1)


def test_a_task_is_written_once():
    column: Any = pq.read_table(pa.BufferReader(dump_batch(batch(50), CODEC))).column("task").combine_chunks()
    assert len(column.dictionary) == 1
    back = load_batch(dump_batch(batch(50), CODEC), CODEC)
    assert len({id(e.task) for e in back}) == 1


def test_the_text_of_a_dialogue_is_its_last_answer():
    turns = (Message(role="assistant", text="one"), Message(role="user", text="?"), Message(role="assistant", text="2"))
    one = replace(batch(1)[0], solution=Solution(messages=turns), rejected=Solution(messages=turns[:2]))
    raw = dump_batch([one], CODEC)
    row = pq.read_table(pa.BufferReader(raw)).to_pylist()[0]
    assert (row["text"], row["rejected"]) == ("2", "one")
    assert load_batch(raw, CODEC) == [one]


def test_a_score_that_is_no_number_is_refused_by_name():
    bad = replace(batch(1)[0], feedback=Feedback(score=float("nan")))
    with pytest.raises(Malformed, match=r"experience toy/3\+4#0: feedback.score: nan is no finite number"):
        dump_batch([bad], CODEC)


def test_drops_survive():
    drops = (Drop(experience="a#0", operator="x.Y", reason="why"), Drop(experience="a#1", operator="x.Y", reason=""))
    assert load_drops(dump_drops(drops)) == drops
    assert load_drops(dump_drops(())) == ()


def test_what_is_no_parquet_is_refused():
    with pytest.raises(Malformed, match="no Parquet file"):
        load_batch(b"PAR1nonsensePAR1", CODEC)


def test_an_empty_batch_survives():
    nothing: list[Experience] = []
    assert load_batch(dump_batch(nothing, CODEC), CODEC) == nothing
