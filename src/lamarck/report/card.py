"""The model card of an exported learner: where it came from, what it scored, what it learned from and never saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import dumps

from lamarck.core import Learner, Score, Scorecard
from lamarck.report.history import estimate, gained, history
from lamarck.report.reader import Run
from lamarck.report.sound import Sound
from lamarck.report.words import count, percent, points, span, within


@dataclass(frozen=True, kw_only=True)
class Carried:
    """What a learner is beside its weights, which a folder of weights does not hold."""

    memory: str = ""
    prompt: str = ""
    answer: str = ""

    @property
    def told(self) -> str:
        """All of it in words, "" where there is nothing."""
        parts = [
            self.memory and "a memory",
            self.prompt and "a system prompt",
            self.answer and f"a way of answering ({self.answer})",
        ]
        return ", ".join(part for part in parts if part)


def carried(learner: Learner) -> Carried:
    """What a learner has beside its weights."""
    return Carried(
        memory=learner.memory, prompt=learner.prompt, answer=type(learner.answer).__name__ if learner.answer else ""
    )


def card(run: Run, learner: Learner, *, paper: str, base: str, library: str) -> str:
    """The card in Markdown, with the front matter that model hubs read.

    In: the run and one of its learners, the recipe's paper, the name of the model it all began with, and the library
    that loads the files ("transformers", "peft").
    """
    read = Sound(run)
    lines = [
        *_matter(base, library),
        f"# {learner.hash}",
        "",
        *_origin(read, learner, paper, base),
        *_scores(read, learner),
        *_data(read),
        *_held_out(read),
        *_again(read),
    ]
    return "\n".join(lines) + "\n"


def _matter(base: str, library: str) -> Iterator[str]:
    yield from ("---", f"library_name: {library}", f"base_model: {dumps(base)}", "pipeline_tag: text-generation")
    yield from ("tags:", "- lamarck", "- self-evolution", "---", "")


def _origin(run: Sound, learner: Learner, paper: str, base: str) -> Iterator[str]:
    info = run.info
    made = next((p for p in history(run) if p.view.candidate == learner.hash), None)
    whence = "The model that the run began with." if learner.hash == info.base else ""
    if made:
        verdict = made.view.verdict
        said = f"; the gate said: {verdict.decision}" if verdict else ""
        whence = f"Made in round {made.label}{said}."
    by_hand = " It was made the champion by hand." if info.by_hand == learner.hash else ""
    yield f"{whence}{by_hand}".strip()
    yield ""
    source = paper if paper.startswith("http") else f"https://arxiv.org/abs/{paper.removeprefix('arXiv:')}"
    yield f"* **Recipe**: [{info.recipe}]({source}), {count(_rounds(run), 'round')}, gate `{info.gate}`"
    yield f"* **Began with**: {base}"
    yield f"* **Learned in**: {info.environment}"
    beside = carried(learner).told
    if beside:
        yield f"* **Not in this folder**: {beside}. The run has them: `lamarck eval {run.path.name}:{learner.hash} ...`"
    yield ""


def _rounds(run: Sound) -> int:
    return sum(1 for view in run.rounds() if view.round)


def _scores(run: Sound, learner: Learner) -> Iterator[str]:
    sealed = list(run.sealed() or ())
    mine = next((card for card in sealed if card.learner == learner.hash), None)
    begun = next((card for card in sealed if card.learner == run.info.base), None)
    where = f"{len(mine.target.items):,} sealed items, scored once, after the last round" if mine else ""
    if mine is None:
        mine, begun = _selected(run, learner.hash)
        where = f"{len(mine.target.items):,} items of the selection split, which also decided about it" if mine else ""
    yield from ("## Scores", "")
    if mine is None:
        yield from ("This learner was not scored in its run.", "")
        return
    yield f"On {where}. Brackets are 95 % intervals; differences are paired by item, in points of a hundred."
    yield from ("", "| ability | metric | this model | began with | difference |", "|---|---|---|---|---|")
    yield from _rows(mine, begun)
    yield ""


def _selected(run: Sound, hash: str) -> tuple[Scorecard | None, Scorecard | None]:
    """The learner's last scorecard on selection items, and the base's, on the same items where there is one."""
    seen = [{card.learner: card for card in view.scorecards} for view in run.rounds() if view.scorecards]
    mine = [cards for cards in seen if hash in cards]
    base = [cards[run.info.base] for cards in (*mine[-1:], *seen) if run.info.base in cards]
    return (mine[-1][hash] if mine else None), (base[0] if base else None)


def _rows(mine: Scorecard, begun: Scorecard | None) -> Iterator[str]:
    before = {score.ability: score for score in begun.gated} if begun else {}
    for score in mine.gated:
        rival = before.get(score.ability)
        for metric in score.metrics:
            gain = gained(score, rival, metric) if rival and begun and begun.learner != mine.learner else None
            told = f"{points(gain.value)} [{span(gain.low, gain.high)}]" if gain else "-"
            name = f"{score.ability} (protected)" if score.protected else score.ability
            yield f"| {name} | {metric} | {_cell(score, metric)} | {_cell(rival, metric)} | {told} |"


def _cell(score: Score | None, metric: str) -> str:
    found = estimate(score, metric) if score else None
    return f"{percent(found.value)} [{within(found)}]" if found else "-"


def _data(run: Sound) -> Iterator[str]:
    trained = [event for event in run.events() if event.get("kind") == "trained"]
    yield from ("## What it learned from", "")
    if not trained:
        yield from ("Nothing was trained in this run: its learners differ by memory, prompt, or merging alone.", "")
        return
    written = Counter[str]()
    for event in trained:
        written.update(event.get("authors") or {})
    rows, known = sum(int(event["rows"]) for event in trained), _learners(run)
    own = sum(n for author, n in written.items() if author in known)
    unsigned = sum(n for author, n in written.items() if author not in known)
    tokens = sum(int(event["tokens"]) for event in trained)
    yield (
        f"{count(len(trained), 'training run')} read {count(rows, 'row')}, {tokens:,} tokens in all: {own:,} rows were "
        f"written by learners of this run, {unsigned:,} come from elsewhere (labelled examples, another role's model)."
    )
    yield from ("", "| learner | loss | rows | steps | written by |", "|---|---|---|---|---|")
    for event in trained:
        authors: Mapping[str, int] = event.get("authors") or {}
        wrote = ", ".join(f"{author or 'unsigned'}: {n:,}" for author, n in authors.items())
        yield f"| {event['learner']} | {event['loss']} | {int(event['rows']):,} | {int(event['steps']):,} | {wrote} |"
    yield ""


def _learners(run: Sound) -> set[str]:
    return {run.info.base, *(view.candidate or "" for view in run.rounds())} - {""}


def _held_out(run: Sound) -> Iterator[str]:
    yield from ("## What was held out", "")
    looks = [view for view in run.rounds() if view.scorecards]
    items = {item for view in looks for card in view.scorecards for item in card.target.items}
    yield (
        f"No sealed item was seen before the end, and none was trained on. The gate looked at "
        f"{count(len(items), 'selection item')} in {count(len(looks), 'round')}; they were not trained on either."
    )
    yield ""


def _again(run: Sound) -> Iterator[str]:
    info = run.info
    yield from ("## Making it again", "")
    flags: Sequence[str] = (
        *(f"--{name.replace('_', '-')} {value}" for name, value in info.options.items()),
        *(f"--set {path}={value}" for path, value in info.sets.items()),
        *(f"--ablate {name}" for name in info.ablate),
        *(f"--role {role}={name}" for role, name in info.roles.items()),
    )
    command = f"lamarck run {info.recipe} --learner {info.learner} --environment {info.environment} --seed {info.seed}"
    yield from ("```", " ".join((command, *flags, f"--gate {info.gate}")), "```", "")
    yield "With: " + ", ".join(f"{name} {version}" for name, version in info.versions.items()) + "."
