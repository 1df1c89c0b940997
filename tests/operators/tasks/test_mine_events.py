import pytest
from tests.operators.given import task

from lamarck.core import Experience, Message, Task, UsageError
from lamarck.operators.tasks import MineEvents
from lamarck.operators.tasks.mine_events import Quadruple
from lamarck.testing import EventCorpus, context


def document(text: str, id: str = "d") -> Experience:
    return Experience(task=Task(id=id, kind="document", messages=(Message(role="user", text=text),)))


def mined(text: str) -> list[tuple[str, str, str]]:
    return [(found.head, found.relation, found.tail) for found in MineEvents().mined(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The ice broke, because the sun rose.", ("The ice broke", "cause", "the sun rose")),
        ("The ice broke so the boat sank.", ("The ice broke", "result", "the boat sank")),
        ("She paid before she left!", ("She paid", "next", "she left")),
        ("She paid after he had left.", ("She paid", "earlier", "he had left")),
        ("The bell rings if somebody enters.", ("The bell rings", "condition", "somebody enters")),
    ],
)
def test_a_connective_ties_two_events(text: str, found: tuple[str, str, str]):
    assert mined(text) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "It broke because of the sun.",
        "She left since it was late.",
        "She ran so that he saw her.",
        "She paid before she left because he asked.",
        "Did she pay before she left?",
        "Gone before noon.",
        "He said, at the door, so they say, so it was.",
        " ".join(["He went", *["on"] * 20, "because she asked."]),
    ],
)
def test_what_is_no_pair_of_events_is_left(text: str):
    assert mined(text) == []


def test_the_context_is_the_sentences_before():
    (found,) = MineEvents(context=1).mined("It was late. It was dark. She left because he slept. He woke.")
    assert found == Quadruple(context="It was dark.", head="She left", relation="cause", tail="he slept")


def test_a_task_has_the_tail_as_reference_among_wrong_ones_that_are_like_it():
    texts = ("She left because he slept.", "She sang because he woke.", "She ran because the bell rang.", "A so b c.")
    found = MineEvents(options=2)([document(text, id=str(i)) for i, text in enumerate(texts)], context(labels="train"))
    assert [e.task.reference.read() for e in found if e.task.reference] == ["he slept", "he woke", "the bell rang"]
    first = found[0].task
    assert sorted(line.partition(". ")[2] for line in first.fields["options"].splitlines()) == ["he slept", "he woke"]
    assert first.messages[0].text == "She left. Why did it happen?"
    assert {name: first.fields[name] for name in ("head", "relation", "context")} == {
        "head": "She left", "relation": "cause", "context": "",
    }  # fmt: skip


def test_a_tail_of_the_same_event_is_never_a_wrong_one():
    texts = ("She left because he slept.", "She left because he snored.", "She ran because the bell rang.")
    found = MineEvents(options=2)([document(text, id=str(i)) for i, text in enumerate(texts)], context(labels="train"))
    assert "the bell rang" in found[0].task.fields["options"]
    assert "he snored" not in found[0].task.fields["options"]


def test_what_makes_no_task_is_dropped_with_the_reason():
    ctx = context(labels="train")
    assert MineEvents()([Experience(task=task()), document("She left because he slept.")], ctx) == []
    assert [drop.reason for drop in ctx.notes] == ["a sum, no document", "0 wrong tails for 'She left', wanted 3"]


def test_what_is_mined_is_what_was_planted():
    corpus = EventCorpus(n=200)
    every = [
        (found.head, found.relation, found.tail)
        for text in corpus.documents
        for found in MineEvents().mined(text.messages[-1].text)
    ]
    right = sum(one in set(corpus.planted) for one in every)
    assert right / len(every) >= 0.9
    assert right / len(corpus.planted) >= 0.9


def test_a_corpus_is_its_seed():
    assert EventCorpus(seed=3).documents == EventCorpus(seed=3).documents
    assert EventCorpus(seed=3).law != EventCorpus(seed=4).law
    assert EventCorpus(seed=3).law == EventCorpus(seed=3, start=50).law


def test_it_says_what_it_takes():
    with pytest.raises(UsageError, match="2 options or more"):
        MineEvents(options=1)
