from dataclasses import dataclass, replace

from tests.operators.given import task

from lamarck.core import Context, Experience, State
from lamarck.operators.solutions import Sample
from lamarck.operators.tasks import PerCandidate
from lamarck.testing import ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
NAMES = ("scripted/0", "scripted/1", "scripted/0.5")


@dataclass(frozen=True, kw_only=True)
class Out:
    """A search with three candidates out."""

    def out(self, ctx: Context) -> State:
        return ctx.kept("s", lambda: State(learners=tuple(map(ctx.models.learner, NAMES))))


BATCH = [Experience(task=task("3+4")), Experience(task=task("9-2"))]


def test_every_candidate_meets_every_task():
    ctx = context()
    met = PerCandidate(of=Out())(BATCH, ctx)
    hashes = [ctx.models.learner(name).hash for name in NAMES]
    assert [(e.author, e.task.id) for e in met] == [(h, f"toy/{t}") for h in hashes for t in ("3+4", "9-2")]


def test_no_two_experiences_have_one_id():
    twice = [*BATCH, *(replace(e, sample=1) for e in BATCH)]
    met = PerCandidate(of=Out())(twice, context())
    assert len({e.id for e in met}) == len(met) == 12


def test_the_author_answers():
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong)
    ctx = context(models=models, learner="scripted/0.7")
    met = PerCandidate(of=Out())(BATCH[:1], ctx)
    right, wrong, _ = Sample(role="author")(met, ctx)
    assert right.solution
    assert wrong.solution
    assert TOY.check(right.task, right.solution).passed
    assert not TOY.check(wrong.task, wrong.solution).passed
    assert right.solution.author == right.author != ctx.learner.hash
    assert {call.model for call in models.calls} == set(NAMES)
