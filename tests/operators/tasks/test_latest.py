from dataclasses import replace

from lamarck.core import Batch, Context, Experience, Harvest, Phase
from lamarck.operators.descent import born
from lamarck.operators.inventing import instruction
from lamarck.operators.tasks import Latest
from lamarck.testing import context

EGG, TEA, FISH = (instruction(name, f"Cook {name}.", "") for name in ("egg", "tea", "fish"))
HARD_EGG = born(instruction("hard egg", "Cook a hard egg.", ""), EGG, by="x")
HARDER_EGG = born(instruction("harder egg", "Cook two hard eggs.", ""), HARD_EGG, by="x")
HOT_TEA = born(instruction("hot tea", "Cook hot tea.", ""), TEA, by="x")


def after(*rounds: Batch) -> Context:
    ctx = replace(context(), round=len(rounds) + 1)
    for number, batch in enumerate(rounds, start=1):
        ctx.store.commit(
            Phase(stage=0, round=number, name="refinement"), Harvest, lambda batch=batch: Harvest(batch=batch)
        )
    return ctx


def tasks(*of: object) -> Batch:
    return [Experience(task=one) for one in of]  # type: ignore[arg-type]


def test_each_task_comes_in_the_latest_form_that_was_kept():
    ctx = after(tasks(HARD_EGG, HOT_TEA, EGG), tasks(HARD_EGG, HOT_TEA, HARDER_EGG))
    assert [e.task.id for e in Latest()(tasks(EGG, TEA, FISH), ctx)] == ["harder egg", "hot tea", "fish"]


def test_at_first_all_come_as_they_are():
    assert Latest()(tasks(EGG, TEA), after()) == tasks(EGG, TEA)
