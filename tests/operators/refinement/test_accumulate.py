from dataclasses import replace

from tests.operators.given import texts, tried

from lamarck.core import Batch, Context, Harvest, Message, Origin, Phase, Solution
from lamarck.operators.refinement import Accumulate
from lamarck.testing import MemoryStore, context


def kept(*rounds: Batch) -> Context:
    """The context of the round after these, each of which kept such a batch."""
    store = MemoryStore()
    for number, batch in enumerate(rounds, start=1):
        own = [replace(e, origin=Origin(round=number)) for e in batch]
        store.phases[Phase(stage=0, round=number, name="refinement")] = Harvest(batch=own)
    return replace(context(store=store), round=len(rounds) + 1)


def test_the_first_round_has_nothing_before_it():
    batch = tried("3+4", "7")
    assert Accumulate()(batch, context()) == batch


def test_earlier_ones_come_first():
    ctx = kept(tried("3+4", "7"), tried("2*5", "10"))
    assert texts(Accumulate()(tried("1+1", "2"), ctx)) == ["7", "10", "2"]


def test_the_same_text_of_a_task_is_added_once():
    ctx = kept(tried("3+4", "7"), tried("3+4", "7", "= 7"))
    assert texts(Accumulate()(tried("3+4", "7"), ctx)) == ["7", "= 7"]
    assert texts(Accumulate()(tried("2+5", "7"), ctx)) == ["7", "= 7", "7"]


def test_so_many_rounds_back():
    ctx = kept(tried("3+4", "7"), tried("2*5", "10"), tried("1+2", "3"))
    assert texts(Accumulate(rounds=1)(tried("1+1", "2"), ctx)) == ["3", "2"]
    assert texts(Accumulate(rounds=2)(tried("1+1", "2"), ctx)) == ["10", "3", "2"]


def test_pairs_with_another_rejected_one_are_others():
    def pair(rejected: str) -> Batch:
        lost = Solution(messages=(Message(role="assistant", text=rejected),))
        return [replace(e, rejected=lost) for e in tried("3+4", "7")]

    made = Accumulate()(pair("9"), kept(pair("8")))
    assert [e.rejected.text for e in made if e.rejected] == ["8", "9"]


def test_what_is_not_added_twice_has_a_reason():
    ctx = kept(tried("3+4", "7"))
    Accumulate()(tried("3+4", "7"), ctx)
    assert ctx.notes
