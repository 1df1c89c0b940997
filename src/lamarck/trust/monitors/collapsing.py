"""Whether the learner loses what it could say: its variety, its tails, its fit to real data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from lamarck.core import (
    Alarm,
    Batch,
    Context,
    Edit,
    Estimate,
    Experience,
    Finding,
    Labelling,
    Learner,
    Seen,
    digest,
    offers,
)
from lamarck.core import interval as shares
from lamarck.trust.monitors import diversity
from lamarck.trust.monitors.figures import HASH, Vitals, common, fallen, sampled, vitals, written
from lamarck.trust.monitors.telling import alike, heard, spread, told

WIDER: tuple[Edit, ...] = (
    Edit(path="updating.replay", least=0.1, most=0.5),
    Edit(path="solutions.temperature", times=1.25, most=1.2),
)
"""What widens samples without another operator: some real rows, and a warmer draw."""
VARIETY = ("texts", "answers", "answer entropy", "distinct-2", "clusters", "variance")
TAIL = "tail recall"
REACH = "pass@{draws} fell from {before:.3f} in round {round} to {now:.3f}, and the samples narrowed"
FALL = "{name} fell from {before:.3f} in round {round} to {now:.3f}, and pass@1 did not rise"
RISE = "the loss on real texts rose in two rounds running, by {first:.1%} and {second:.1%}"


@dataclass(frozen=True, kw_only=True)
class Collapse:
    """Watches diversity, reach, tails, and the loss on real texts.

    Alarms: (a) a candidate's loss on real texts is above that of the learner it was made from, beyond noise, by more
    than ``rise`` and by more than ``least``, in two rounds running; (b) a figure of the samples' diversity, or tail
    recall, has lost more than ``fall`` of its highest value, 95 % intervals apart, while pass@1 did not rise, 95 %
    intervals apart: who is right more often may be surer; (c) the samples narrowed and lost reach, as :func:`fallen`
    says. Rounds of another objective, temperature or number of draws are not compared. A figure whose condition is
    missing (a verdict, log-probabilities, a model that scores, labelled examples) is left out.
    Source: Shumailov et al. 2023 (arXiv:2305.17493) for what is lost; Gerstgrasser et al. 2024 (arXiv:2404.01413)
    for accumulating.
    """

    name: str = "collapse"
    vectors: diversity.Vectors | None = None
    """For clusters and variance; None leaves them out."""
    edits: tuple[Edit, ...] = WIDER
    """Changes of the cycle after an alarm."""
    roll_back: bool = True
    fall: float = 0.3
    """Share of a figure whose loss is an alarm. At 0.2, as the studies of collapse have it, one of the first 20 clean
    runs of the pupil raised one: its judge gives no verdict that excuses the loss of 26 % (benchmarks/monitors.py)."""
    rise: float = 0.02
    """Share by which the loss on real texts rises in each of the two rounds."""
    least: float = 0.01
    """Nats a token by which it rises at least: clean runs of the pupil, whose loss is near 0, rise by up to 6 % of it,
    0.002 nats (benchmarks/monitors.py)."""
    tasks: int = 50
    """Tasks at most whose texts are compared with each other: bounds the cost."""
    most: int = 8
    """Texts at most of each of these tasks."""
    texts: int = 64
    """Real texts at most whose loss is measured."""
    grams: int = 20
    """Runs of two words a task that distinct-2 is given for."""
    words: int = 2000
    """Words of samples that tail recall is given for."""
    rare: float = 0.1
    """Share of all real words that the rarest ones, the tail, make up."""
    near: float = 0.8
    """Cosine from which two texts are of one cluster."""

    def __call__(self, seen: Seen, ctx: Context) -> Finding:
        """Out: the figures, estimates with their 95 % intervals."""
        before, real = alike(seen, ctx), self._real(ctx)
        figures = self._sampled(seen.samples, list(before.values()), [_text(e) for e in real])
        figures |= told({"synthetic": synthetic(seen.kept, getattr(seen.cycle.updating, "replay", 0.0))})
        figures |= self._lost(seen, ctx, real[: self.texts])
        last = seen.earlier[-1].figures if seen.earlier else dict[str, float]()
        why = [*self._risen(last, figures), *self._fallen(before, figures)]
        alarm = Alarm(reason="; ".join(why), roll_back=self.roll_back, edits=self.edits) if why else None
        return Finding(monitor=self.name, figures=figures, alarm=alarm)

    def _real(self, ctx: Context) -> Sequence[Experience]:
        """Labelled texts, the same in every round of the stage: four times as many for their words as for the loss."""
        n, seed, world = 4 * self.texts, digest(ctx.seed, ctx.number, "real texts"), ctx.environment
        if ctx.seed_data:
            return Random(seed).sample(ctx.seed_data, min(n, len(ctx.seed_data)))
        return world.labelled(n, seed, ctx.objective) if offers(world, Labelling) else world.examples(n, seed)

    def _sampled(self, batch: Batch, before: Sequence[Mapping[str, float]], real: Sequence[str]) -> dict[str, float]:
        """What the practice samples say, at the draws of the last round where there are as many."""
        draws = common([batch])
        if before and 0 < before[-1].get("draws", 0.0) <= draws:
            draws = int(before[-1]["draws"])
        found = vitals(batch, draws)
        groups = [group for group in sampled(batch) if len(group) >= draws > 1]
        answers = [[e.solution.answer for e in group if e.solution and e.solution.answer] for group in groups]
        texts = [[_text(e) for e in group[: min(draws, self.most)]] for group in groups[: self.tasks]]
        recalled = diversity.recall([_text(e) for e in written(batch)], diversity.rare(real, self.rare), self.words)
        return told(
            {
                "draws": float(draws),
                "temperature": found.temperature,
                "texts": found.texts,
                "answers": found.answers,
                "answer entropy": spread([diversity.entropy_of(each, draws) for each in answers if len(each) >= draws]),
                "entropy": found.entropy,
                "distinct-2": _spread(diversity.distinct_n(each, 2, self.grams) for each in texts),
                "self-BLEU": spread([diversity.self_bleu(each) for each in texts]),
                **self._placed(texts),
                TAIL: shares(recalled) if recalled else None,
                "pass@1": found.single,
                "pass@k": found.reach,
            }
        )

    def _placed(self, texts: Sequence[Sequence[str]]) -> dict[str, Estimate | None]:
        """Clusters as a share of the draws, and the variance of their vectors."""
        if self.vectors is None:
            return {}
        places = [self.vectors(each) for each in texts]
        return {
            "clusters": spread([len(set(diversity.clustered(each, self.near))) / len(each) for each in places]),
            "variance": spread([diversity.apart(each) for each in places]),
        }

    def _lost(self, seen: Seen, ctx: Context, real: Sequence[Experience]) -> dict[str, float]:
        """Loss on real texts, nats a token: of the learner the candidate was made from, and what the candidate adds.

        Weights lose real data; what an update in context adds is not measured, and nobody pays for it.
        """
        pair = (ctx.learner, ctx.learner_of(seen.parties.candidate))
        if not real or weights(pair[0]) == weights(pair[1]):
            return {}
        if any("score" not in ctx.models.open(one).capabilities for one in pair):
            return {}
        was, now = (losses(real, one, ctx) for one in pair)
        return told({"real loss": fmean(was), "real rise": spread([b - a for a, b in zip(was, now, strict=True)])})

    def _risen(self, last: Mapping[str, float], now: Mapping[str, float]) -> Iterator[str]:
        """Two rises of the loss on real texts, one after the other."""
        first, second = self._share(last), self._share(now)
        if first and second:
            yield RISE.format(first=first, second=second)

    def _share(self, figures: Mapping[str, float]) -> float | None:
        """By what share the loss rose; None where it did not, beyond noise, by ``rise`` and by ``least``."""
        more, was = heard(figures, "real rise"), figures.get("real loss", 0.0)
        felt = more and was > 0 and more.low > 0 and more.value > max(self.rise * was, self.least)
        return more.value / was if more and felt else None

    def _fallen(self, before: Mapping[int, Mapping[str, float]], now: Mapping[str, float]) -> Iterator[str]:
        """What is lower than in an earlier round that compares."""
        rounds = {at: one for at, one in before.items() if _same(one, now, "draws") and _same(one, now, "temperature")}
        for at, one in rounds.items():
            if fallen(remade(one), remade(now)):
                yield REACH.format(draws=int(now["draws"]), before=one["pass@k"], round=at, now=now["pass@k"])
                break
        for name in (*VARIETY, TAIL):
            at = max(rounds, key=lambda round: rounds[round].get(name, 0.0), default=0)
            high, low = heard(rounds.get(at, {}), name), heard(now, name)
            if high and low and self._lower(low, high) and not _better(rounds[at], now):
                yield FALL.format(name=name, before=high.value, round=at, now=low.value)

    def _lower(self, now: Estimate, before: Estimate) -> bool:
        """Whether a figure has lost more than is put up with, beyond noise."""
        return now.high < before.low and now.value < (1 - self.fall) * before.value


def losses(real: Sequence[Experience], learner: Learner, ctx: Context) -> list[float]:
    """Mean negative log-probability a token of each text under the learner, its end included, in nats."""
    found = ctx.score([e.prompt for e in real], [_text(e) for e in real], role=learner)
    return [-fmean(each) for each in found]


def weights(learner: Learner) -> tuple[object, object]:
    """What of a learner training changes."""
    return learner.model, learner.adapters


def synthetic(kept: Batch, replay: float = 0.0) -> float | None:
    """Share of what an update reads that a learner wrote; ``replay`` of its rows are labelled. None of nothing."""
    authors = [e.solution.author or e.origin.learner for e in kept if e.solution]
    return (1 - replay) * sum(bool(HASH.fullmatch(one)) for one in authors) / len(authors) if authors else None


def _better(before: Mapping[str, float], now: Mapping[str, float]) -> bool:
    was, is_ = heard(before, "pass@1"), heard(now, "pass@1")
    return bool(was and is_ and is_.low > was.high)


def _same(one: Mapping[str, float], other: Mapping[str, float], name: str) -> bool:
    return one.get(name) == other.get(name)


def remade(figures: Mapping[str, float]) -> Vitals:
    """The vitals that a finding's figures were made of."""
    texts = heard(figures, "texts")
    return Vitals(
        draws=int(figures.get("draws", 0)),
        tasks=texts.items if texts else 0,
        answers=heard(figures, "answers"),
        texts=texts,
        entropy=figures.get("entropy"),
        temperature=figures.get("temperature"),
        single=heard(figures, "pass@1"),
        reach=heard(figures, "pass@k"),
    )


def _spread(values: Iterable[float | None]) -> Estimate | None:
    return spread([value for value in values if value is not None])


def _text(experience: Experience) -> str:
    return experience.solution.text if experience.solution else ""
