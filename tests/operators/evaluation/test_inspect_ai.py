"""A learner before inspect_ai; without the extra only that it is asked for."""

import importlib.util
from pathlib import Path

import pytest
from tests.operators.evaluation.test_lm_eval import asked

from lamarck.core import CapabilityError, MissingExtra, UsageError
from lamarck.operators.evaluation import InspectAi

IS_HERE = importlib.util.find_spec("inspect_ai") is not None
needs = pytest.mark.skipif(not IS_HERE, reason="the extra 'eval' (inspect-ai) is not installed")
loud = pytest.mark.filterwarnings("default")
TASKS = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import exact, match
from inspect_ai.solver import generate, system_message, use_tools
from inspect_ai.tool import think

SAMPLES = [Sample(id=str(i), input=f"{i} + {2 * i} =", target=str(3 * i)) for i in range(6)]

@task
def sums():
    return Task(dataset=SAMPLES, solver=[system_message("Only the number."), generate()], scorer=[exact(), match()])

@task
def tooled():
    return Task(dataset=SAMPLES[:1], solver=[use_tools(think()), generate()], scorer=exact())
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(TASKS)
    return "mine.py"


@needs
@loud
@pytest.mark.slow
def test_what_the_learner_writes_is_scored_item_by_item(file: str):
    ctx = asked()
    card = InspectAi(task=f"{file}@sums")(ctx.learner, ctx)
    assert (card.metric, card.target.ability) == ("exact", "sums")
    assert card.target.metrics == {"exact": (1, 1, 1, 0, 1, 1), "match": (1, 1, 1, 0, 1, 1)}
    assert card.target.items[3] == "sums/3"
    assert len(InspectAi(task=f"{file}@sums", limit=2)(ctx.learner, ctx).target.items) == 2


@needs
@loud
@pytest.mark.slow
def test_what_a_learner_cannot_be_asked_is_refused(file: str):
    ctx = asked()
    with pytest.raises(CapabilityError, match="hands the model tools"):
        InspectAi(task=f"{file}@tooled")(ctx.learner, ctx)


@needs
@loud
@pytest.mark.slow
@pytest.mark.parametrize("name", ["mine.py@none", "nothing/here", "none.py"])
def test_a_task_there_is_not(file: str, name: str):
    ctx = asked()
    with pytest.raises(UsageError, match=r"none|No inspect tasks were found"):
        InspectAi(task=name)(ctx.learner, ctx)


@pytest.mark.skipif(IS_HERE, reason="the extra 'eval' is installed")
def test_without_the_extra_it_says_what_to_type():
    ctx = asked()
    with pytest.raises(
        MissingExtra, match=r"inspect:... needs the extra 'eval'; type: pip install 'lamarck-lm\[eval\]'"
    ):
        InspectAi(task="mine.py")(ctx.learner, ctx)
