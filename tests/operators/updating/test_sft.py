from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.operators.given import tried

from lamarck.core import Context, Cycle, Message, Objective, Prompt, RecipeError, UsageError, check
from lamarck.operators.updating import SFT
from lamarck.testing import RecordingTrainer, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
BATCH = tried("3+4", "7", "= 7", "3+4 = 7", "The result is 7")


def world(**card: Any) -> tuple[Context, RecordingTrainer]:
    trainer = RecordingTrainer(right=TOY.taught)
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, settings={"epochs": 1, "batch": 2, "lr": 0.1, **card})
    return context(trainer=trainer, models=models), trainer


def test_a_row_is_the_tasks_prompt_and_the_solution_that_counts():
    ctx, trainer = world()
    made = SFT()(ctx.learner, BATCH[:1], ctx)
    (row,) = trainer.jobs[0].rows
    assert [m.text for m in row.messages] == ["task/sum left=3 sign=+ right=4", "7"]
    assert row.learn == (False, True)
    assert made.parent == ctx.learner.hash != made.hash


def test_a_learner_s_own_prompt_is_trained_on_as_it_is_asked_with():
    ctx, trainer = world()
    SFT()(replace(ctx.learner, prompt="be brief"), BATCH[:1], ctx)
    (row,) = trainer.jobs[0].rows
    assert [(m.role, m.text) for m in row.messages[:2]] == [
        ("system", "be brief"),
        ("user", "task/sum left=3 sign=+ right=4"),
    ]
    assert row.learn == (False, False, True)


def test_a_hint_is_not_trained_on():
    ctx, trainer = world()
    hinted = [replace(e, asked=Prompt(name="star/rationalize", fields={"answer": "7"})) for e in BATCH[:1]]
    SFT()(ctx.learner, hinted, ctx)
    assert "rationalize" not in trainer.jobs[0].rows[0].messages[0].text


def test_the_prompt_kept_for_training_is_trained_on():
    ctx, trainer = world()
    SFT()(ctx.learner, [replace(BATCH[0], keep=Prompt(name="star/rationale"))], ctx)
    assert trainer.jobs[0].rows[0].messages[0].text == "star/rationale"


def test_only_the_assistants_turns_count():
    ctx, trainer = world()
    assert BATCH[0].solution
    turns = (Message(role="assistant", text="a"), Message(role="tool", text="b"), Message(role="assistant", text="7"))
    SFT()(ctx.learner, [replace(BATCH[0], solution=replace(BATCH[0].solution, messages=turns))], ctx)
    assert trainer.jobs[0].rows[0].learn == (False, True, False, True)


def test_nothing_to_learn_from_changes_nothing():
    ctx, trainer = world()
    assert SFT()(ctx.learner, [], ctx) is ctx.learner
    assert SFT()(ctx.learner, [replace(BATCH[0], solution=None)], ctx) is ctx.learner
    assert not trainer.jobs


def test_restart_begins_with_the_base():
    ctx, trainer = world()
    later = replace(ctx, learner=ctx.models.learner("scripted/0.3"))
    assert SFT(start="base")(later.learner, BATCH, later).parent == ctx.base.hash
    assert SFT()(later.learner, BATCH, later).parent == later.learner.hash
    assert [start.name for start in trainer.starts] == ["scripted/0.5", "scripted/0.3"]


def test_restart_leaves_prompt_and_memory_as_they_are():
    ctx, _ = world()
    learner = replace(ctx.learner, prompt="Be brief.", memory="v2")
    made = SFT(start="base")(learner, BATCH, ctx)
    assert (made.prompt, made.memory) == ("Be brief.", "v2")


@pytest.mark.parametrize(("epochs", "rows"), [(1, 4), (2, 8), (1.5, 6), (0.5, 2)])
def test_epochs(epochs: float, rows: int):
    ctx, trainer = world()
    SFT(epochs=epochs)(ctx.learner, BATCH, ctx)
    assert len(trainer.jobs[0].rows) == rows


def test_steps_fix_the_number_of_rows_whatever_was_kept():
    ctx, trainer = world()
    for batch in (BATCH, BATCH[:1]):
        SFT(steps=5)(ctx.learner, batch, ctx)
    assert [len(job.rows) for job in trainer.jobs] == [10, 10]


def test_a_schedule_by_round_its_last_value_stays():
    ctx, trainer = world(steps=[1, 2])
    for number in (1, 2, 3):
        SFT()(ctx.learner, BATCH, replace(ctx, round=number))
    assert [job.settings["steps"] for job in trainer.jobs] == [1, 2, 2]


def test_own_values_go_before_the_cards():
    ctx, trainer = world()
    SFT(lr=0.5)(ctx.learner, BATCH, ctx)
    SFT()(ctx.learner, BATCH, ctx)
    assert [job.settings["lr"] for job in trainer.jobs] == [0.5, 0.1]
    assert trainer.jobs[0].loss == "sft"


@pytest.mark.parametrize(("replay", "own", "examples"), [(0.0, 4, 0), (0.5, 4, 4), (0.2, 4, 1), (1.0, 0, 4)])
def test_replay_is_a_share_of_the_rows(replay: float, own: int, examples: int):
    ctx, trainer = world()
    SFT(replay=replay)(ctx.learner, BATCH, ctx)
    authors = [row.messages[-1].author for row in trainer.jobs[0].rows]
    assert (authors.count(""), authors.count("corpus")) == (own, examples)


def test_seed_data_with_steps():
    ctx, trainer = world()
    SFT(data="seed", steps=3)(ctx.learner, [], ctx)
    assert {row.messages[-1].author for row in trainer.jobs[0].rows} == {"corpus"}
    assert len(trainer.jobs[0].rows) == 6


def test_seed_data_without_steps():
    ctx, trainer = world()
    SFT(data="seed")(ctx.learner, [], ctx)
    assert trainer.jobs


def test_equal_jobs_give_equal_learners():
    ctx, _ = world()
    again, _ = world()
    assert SFT()(ctx.learner, BATCH, ctx) == SFT()(again.learner, BATCH, again)
    assert SFT()(ctx.learner, BATCH, ctx) != SFT()(ctx.learner, BATCH[:2], ctx)


def test_seed_data_reads_nothing_from_the_phases_before():
    goal = Objective(ability="sums")
    check("mine", Cycle(objective=goal, updating=SFT(data="seed")))
    with pytest.raises(RecipeError, match="SFT reads 'solution'"):
        check("mine", Cycle(objective=goal, updating=SFT()))


def test_turned_round_it_is_shown_the_solution_and_learns_the_task():
    ctx, trainer = world()
    made = SFT(learn="task")(ctx.learner, BATCH[1:2], ctx)
    (row,) = trainer.jobs[0].rows
    assert row.messages[0].text.startswith("from_text/task text== 7 title= fence=")
    assert "left" not in row.messages[0].text
    assert (row.messages[1].text, row.learn) == ("3+4", (False, True))
    assert made.parent == ctx.learner.hash != made.hash


def test_turned_round_labelled_examples_are_turned_too():
    ctx, trainer = world()
    SFT(learn="task", data="seed", examples=6)(ctx.learner, [], ctx)
    rows = trainer.jobs[0].rows
    assert len(rows) == 6
    assert all(row.learn == (False, True) and TOY.taught(row) for row in rows)


def test_both_trainers_learn_the_tasks_tokens_and_no_others():
    pytest.importorskip("torch")
    from lamarck.trainers.lean.trainer import text_of
    from lamarck.trainers.trl.rows import Reader

    ctx, trainer = world()
    SFT(learn="task")(ctx.learner, BATCH[1:2], ctx)
    (row,) = trainer.jobs[0].rows
    assert [learned for _, learned in text_of(row).parts] == [False, True]
    made = Reader(words=Letters(), length=999).text(row.messages, row.learn, row.weight)  # type: ignore[arg-type]
    assert "".join(chr(label) for label in made.labels if label >= 0) == "3+4"


@dataclass(frozen=True)
class Stretch:
    ids: list[int]
    learned: bool


class Letters:
    """A model whose tokens are letters."""

    def parts(self, messages: Sequence[Message], learn: Sequence[bool]) -> list[Stretch]:
        return [Stretch([ord(char) for char in m.text], counts) for m, counts in zip(messages, learn, strict=True)]


def test_ordered_rows_come_in_the_batchs_order_whole_or_in_part():
    def order(**card: Any) -> tuple[list[str], Any]:
        ctx, trainer = world(**card)
        SFT(ordered=True)(ctx.learner, BATCH, ctx)
        return [row.messages[-1].text for row in trainer.jobs[0].rows], trainer.jobs[0].settings.get("ordered")

    texts = ["7", "= 7", "3+4 = 7", "The result is 7"]
    assert order() == (texts, True)
    assert order(epochs=2) == (texts * 2, True)
    part, _ = order(epochs=0.75)
    assert len(part) == 3
    assert part == [text for text in texts if text in part]
    ctx, trainer = world()
    SFT()(ctx.learner, BATCH, ctx)
    assert "ordered" not in trainer.jobs[0].settings


@pytest.mark.parametrize("more", [{"replay": 0.1}, {"rehearse": 0.1}, {"data": "seed"}])
def test_labelled_examples_have_no_place_in_an_order(more: dict[str, Any]):
    with pytest.raises(UsageError, match="no place in its order"):
        SFT(ordered=True, **more)
