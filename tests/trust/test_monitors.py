"""Each monitor sees the collapse that is planted for it, and none in a healthy run."""

import itertools
from dataclasses import replace
from statistics import fmean

import pytest

from lamarck.core import Batch, Experience, Feedback, Message, Origin, Solution, Task
from lamarck.trust import monitors
from lamarck.trust.monitors import Vitals, collapse, common, distinct, entropy, passing, real, vitals

SEEN, TASKS = 8, 60
HASH = "0123456789abcdef"


def sample(task: int, number: int, text: str, *, right: bool, nats: float, source: str = "verifier") -> Experience:
    return Experience(
        task=Task(id=f"t{task}", kind="toy", messages=(Message(role="user", text="?"),)),
        solution=Solution(messages=(Message(role="assistant", text=text),), logprobs=(-nats, -nats), answer=text[:1]),
        feedback=Feedback(passed=right, source=source),
        sample=number,
        origin=Origin(learner=HASH, temperature=1.0),
    )


def round_of(texts: int, solved: int, nats: float, *, rights: int = 2, source: str = "verifier") -> Batch:
    """TASKS tasks with SEEN samples in so many texts; ``solved`` tasks have ``rights`` right samples."""
    return [
        sample(task, i, f"{i % texts}.", right=task < solved and i < rights, nats=nats, source=source)
        for task in range(TASKS)
        for i in range(SEEN)
    ]


HEALTHY = round_of(texts=6, solved=40, nats=0.9)
COLLAPSED = round_of(texts=1, solved=15, nats=0.2, rights=8)


def figures(*rounds: Batch) -> list[Vitals]:
    draws = common(rounds)
    return [vitals(batch, draws) for batch in rounds]


def test_distinct_is_the_mean_over_all_draws_without_replacement():
    kinds = "aaabbc"
    for draws in range(1, 7):
        drawn = [len(set(each)) for each in itertools.combinations(kinds, draws)]
        assert distinct(kinds, draws) == pytest.approx(fmean(drawn))
    with pytest.raises(ValueError, match="7 draws from 6"):
        distinct(kinds, 7)


def test_more_samples_of_the_same_learner_are_not_more_diverse():
    twice = [*HEALTHY, *(replace(e, sample=e.sample + SEEN) for e in HEALTHY)]
    one, two = (vitals(batch, SEEN).texts for batch in (HEALTHY, twice))
    assert one
    assert two
    # without the correction the share of different texts would fall to half
    assert two.value > 0.8 * one.value
    assert len({e.solution.text for e in twice if e.solution}) / (2 * SEEN) < 0.5


def test_diversity_sees_a_collapse_to_one_text():
    before, after = figures(HEALTHY, COLLAPSED)
    assert before.texts
    assert after.texts
    assert before.answers
    assert after.answers
    assert (before.texts.value, after.texts.value) == (6 / 8, 1 / 8)
    assert before.answers.value > after.answers.value


def test_entropy_is_the_mean_over_tokens_not_over_samples():
    short, long = sample(0, 0, "a", right=True, nats=1.0), sample(0, 1, "b", right=True, nats=0.1)
    assert long.solution
    long = replace(long, solution=replace(long.solution, logprobs=(-0.1,) * 8))
    assert entropy([short, long]) == pytest.approx((2 * 1.0 + 8 * 0.1) / 10)
    bare = replace(short, solution=replace(long.solution, logprobs=())) if long.solution else short
    assert entropy([bare]) is None


def test_pass_at_k_is_unbiased_and_counts_verdicts_only():
    groups = [[sample(0, i, "a", right=i < 2, nats=1) for i in range(4)]]
    single, reach = passing(groups, 1), passing(groups, 2)
    assert single
    assert reach
    assert single.value == 0.5
    assert reach.value == pytest.approx(1 - 1 / 6)  # both draws wrong: 1 of 6 pairs
    assert figures(round_of(texts=2, solved=40, nats=1, source="vote"))[0].reach is None
    assert figures(round_of(texts=2, solved=40, nats=1, source="judge:learner"))[0].reach is None


def test_the_draws_are_what_every_round_has():
    few = [e for e in HEALTHY if e.sample < 3]
    assert common([HEALTHY, few, []]) == 3
    assert common([]) == 0
    lacking = [*few, *(e for e in HEALTHY if e.task.id == "t0" and e.sample >= 3)]
    assert common([lacking]) == 3  # one task with more samples does not decide
    assert vitals(lacking, 8).tasks == 1


def test_labelled_solutions_are_no_samples():
    given = [replace(e, task=replace(e.task, id=f"{e.task.id}x"), origin=Origin()) for e in COLLAPSED]
    assert vitals([*HEALTHY, *given], SEEN) == vitals(HEALTHY, SEEN)
    assert common([given]) == 0


def test_of_a_pair_the_learners_own_side_is_the_sample():
    given = Solution(messages=(Message(role="assistant", text="as it should be"),), author="corpus")
    pairs = [replace(e, solution=given, rejected=replace(e.solution, author=HASH)) for e in HEALTHY if e.solution]
    assert vitals(pairs, SEEN) == replace(vitals(HEALTHY, SEEN), single=None, reach=None)  # verdicts on what was given


def test_rows_of_learners_are_not_real():
    assert real({HASH: 75, "corpus": 20, "": 5}) == 0.25
    assert real({HASH: 3}) == 0.0
    assert real({"0123": 3, HASH.upper(): 1}) == 1.0  # no hash of ours
    assert real({}) is None
    assert vitals(HEALTHY, 8, {HASH: 1, "corpus": 1}).real == 0.5


def test_a_planted_collapse_is_seen_and_the_round_is_named():
    assert collapse(figures(HEALTHY, HEALTHY, COLLAPSED)) == (0, 2)


@pytest.mark.parametrize(
    "healthy",
    [
        round_of(texts=2, solved=40, nats=0.3, rights=6),  # surer and as wide: this is learning
        round_of(texts=6, solved=15, nats=0.9),  # harder tasks: reach falls, entropy does not
        round_of(texts=6, solved=36, nats=0.3),  # surer, and less by chance
        HEALTHY,
    ],
    ids=["sharper", "harder", "noise", "same"],
)
def test_a_healthy_run_is_not_called_collapsed(healthy: Batch):
    assert collapse(figures(HEALTHY, healthy, healthy)) is None


def test_the_thresholds_decide():
    first, last = figures(HEALTHY, COLLAPSED)
    assert first.entropy
    edge = replace(last, entropy=first.entropy * (1 - monitors.NARROWED))
    assert collapse([first, edge]) is None
    assert collapse([first, replace(edge, entropy=0.99 * first.entropy * (1 - monitors.NARROWED))]) == (0, 1)


def test_without_log_probabilities_the_texts_tell():
    def mute(batch: Batch) -> Batch:
        return [replace(e, solution=replace(e.solution, logprobs=())) for e in batch if e.solution]

    assert collapse(figures(mute(HEALTHY), mute(COLLAPSED))) == (0, 1)
    assert collapse(figures(mute(HEALTHY), mute(round_of(texts=6, solved=15, nats=1)))) is None


def test_a_single_sample_a_task_says_nothing_about_reach():
    greedy = [[e for e in batch if e.sample == 0] for batch in (HEALTHY, COLLAPSED)]
    found = figures(*greedy)
    assert found[0].texts is None
    assert collapse(found) is None
