"""Answers of several models in turn."""

from collections import Counter
from contextlib import closing

import pytest

from lamarck.core import CapabilityError, Message, Prompt, Request, UsageError
from lamarck.models import Host, Shelf
from lamarck.testing.server import serve


def request(seeds: tuple[int, ...]) -> Request:
    return Request(prompt=Prompt(name="task/x", messages=(Message(role="user", text="q"),)), seeds=seeds, author="us")


def test_samples_come_from_each_model_in_turn_under_its_name():
    with serve() as served, closing(Shelf(Host(options={"openai": {"base_url": served.url}}))) as shelf:
        model = shelf.open(shelf.learner("openai/a,openai/b:7b"))
        found = model.generate([request((10, 99, 7, 3)), request((11, 5)), request(())])
    assert [[s.author for s in each] for each in found] == [
        ["openai/a", "openai/b:7b", "openai/a", "openai/b:7b"],
        ["openai/b:7b", "openai/a"],
        [],
    ]
    assert {s.messages[0].author for each in found for s in each} == {"openai/a", "openai/b:7b"}
    assert Counter(body["model"] for body in served.bodies) == {"a": 3, "b:7b": 3}


def test_several_models_are_one_learner_by_content_that_cannot_be_trained():
    with closing(Shelf(Host(options={"openai": {"base_url": "http://127.0.0.1:1"}}))) as shelf:
        one, other = shelf.learner("openai/a,openai/b"), shelf.learner("openai/b,openai/a")
        assert one.hash != other.hash
        assert one.model.name == "ensemble/openai/a,openai/b"
        with pytest.raises(CapabilityError, match="several models"):
            shelf.card(one.model, "sft")
        for name in ("openai/a,openai/a", "openai/a,"):
            with pytest.raises(UsageError, match="several different models"):
                shelf.learner(name)
