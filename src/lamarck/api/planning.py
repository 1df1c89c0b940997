"""What a run would cost: the cycle walked dry, past runs' calls as the measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from lamarck.api.able import able, suits
from lamarck.api.dry import Chance, DryModels, DryTrainer, Tally
from lamarck.api.machine import machine
from lamarck.api.method import gate_of
from lamarck.api.question import Asked, question
from lamarck.api.remembering import embedder_of
from lamarck.api.results import of_run
from lamarck.api.running import sealed
from lamarck.api.watching import watched
from lamarck.core import Context, Environment, Learner, stages
from lamarck.core import run as run_method
from lamarck.executors.streaming import Streaming
from lamarck.memory import Versions
from lamarck.models import Shelf
from lamarck.models.endpoint.calibrating import Known, past
from lamarck.models.prices import Price, listed
from lamarck.store import RunInfo
from lamarck.store.folder import RUNS
from lamarck.testing import MemoryStore

LUCK = (0.0, 0.5, 1.0)
"""Shares of right answers that the walks assume: what a run asks depends on them."""
ASSUMED = (64.0, 256.0, 1024.0)
"""Tokens of an answer where no past run tells."""
RATES = (120.0, 40.0, 10.0)
"""Tokens a second of one answer where no past run tells."""
WAIT_S = (0.2, 0.5, 2.0)
"""Seconds before the first token where no past run tells."""
TOKEN = 4.0
"""Characters of a token."""
LOCAL = ("pupil", "hf")
"""Providers that compute here: nobody bills them, and how long they take is not told by calls."""


@dataclass(frozen=True, kw_only=True)
class Amount:
    """An estimate and its interval."""

    value: float
    low: float
    high: float

    def __add__(self, other: Amount) -> Amount:
        return Amount(value=self.value + other.value, low=self.low + other.low, high=self.high + other.high)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One model and kind of call."""

    model: str
    prompt: str
    calls: Amount
    read: Amount
    """Tokens."""
    written: Amount
    usd: Amount | None
    """None = nobody says what it costs."""
    seconds: Amount | None
    """Of wall time, if it had the endpoint to itself; None = it is computed here."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run would cost."""

    lines: tuple[Line, ...]
    total: Line
    notes: tuple[str, ...] = ()
    """What the figures rest on."""


@question
def plan(asked: Asked) -> Plan:
    """What :func:`lamarck.run` would cost with the same arguments. No model is asked, no folder made.

    Out: calls, tokens, money and time by model and kind of prompt. Raises: UsageError as the run would.
    """
    with machine(asked.world, 1, None, asked.info.providers, asked.info.budget) as at:
        return _priced([_walked(asked, at.models, share) for share in LUCK], asked.info, at.models)


Tallies = Mapping[tuple[str, str], Tally]


def _walked(asked: Asked, shelf: Shelf, share: float) -> Tallies:
    """What would be asked if so many answers were right."""
    info, method, models = asked.info, asked.method, DryModels(models=shelf)
    learners = {"learner": info.learner, **info.roles}
    known = {role: of_run(name) or models.learner(name) for role, name in learners.items()}
    suits(method, asked.world, info.until)
    method, _ = able(asked.recipe.name, method, known, models, info.until)
    ctx = Context(
        seed=info.seed,
        learners=known,
        environment=cast("Environment", Chance(asked.world, share)),
        models=models,
        trainer=DryTrainer(),
        executor=Streaming(threads=1),
        store=MemoryStore(),
        memories=Versions(embedder=embedder_of(info.embedder, known["learner"], models)),
        gate=gate_of(info, method),
        monitors=watched(info),
        objective=stages(method)[0].objective,
        labels=asked.recipe.labels,
        limits=info.limits,
        cadence=info.gate_every,
    )
    base: Learner = replace(known["learner"], memory="")
    champion = run_method(method, replace(ctx, learners={**known, "learner": base})).learners["learner"]
    if not info.until:
        sealed(method, ctx, base, champion)
    return models.tallies


def _priced(walks: Sequence[Tallies], info: RunInfo, shelf: Shelf) -> Plan:
    """Lines for all that any walk asked, by what past runs say of such calls."""
    folders = [*(RUNS.iterdir() if RUNS.is_dir() else ())]
    known, lines = past(folders), list[Line]()
    for model, prompt in dict.fromkeys(key for walk in walks for key in walk):
        tallies = [walk.get((model, prompt), Tally()) for walk in walks]
        same = known.get((model, prompt), Known())
        like = same if same.count >= 8 else sum((each for (who, _), each in known.items() if who == model), Known())
        limit = float(info.providers.get("openai", {}).get("limit") or 64)
        lines.append(_line(model, prompt, tallies, same, like, _price(model, shelf), limit))
    total = _total(lines)
    return Plan(lines=tuple(lines), total=total, notes=tuple(_notes(lines, total, known, info)))


def _line(
    model: str, prompt: str, tallies: Sequence[Tally], same: Known, known: Known, price: Price | None, limit: float
) -> Line:
    """In: past calls of this kind, and those that tell how long answers are: of all kinds where this one has few."""
    counts = sorted(tally.calls for tally in tallies)
    middle = tallies[len(tallies) // 2]
    again = max(known.sends / known.count, 1.0) if known.count else 1.0
    calls = Amount(value=middle.calls * again, low=counts[0], high=counts[-1] * max(again, 1.1))
    each = max((t.characters / t.calls for t in tallies if t.calls), default=0.0) / TOKEN
    read = _times(calls, _reading(same, each))
    capped = max((t.most / t.calls for t in tallies if t.calls), default=0.0)
    size = _size(known, capped)
    written = _times(calls, size)
    usd = None
    if price is not None:
        usd = Amount(**{end: price.of(getattr(read, end), getattr(written, end)) for end in ("value", "low", "high")})
    is_here = model.partition("/")[0] in LOCAL
    seconds = None if is_here else _times(calls, _lasts(known, size), 1 / min(limit, max(calls.value, 1.0)))
    return Line(model=model, prompt=prompt, calls=calls, read=read, written=written, usd=usd, seconds=seconds)


def _reading(known: Known, each: float) -> Amount:
    """Tokens of a prompt: as past ones, else by their characters."""
    if known.count:
        mean = known.prompt / known.count
        return Amount(value=mean, low=0.9 * mean, high=1.1 * mean)
    return Amount(value=each, low=0.7 * each, high=1.5 * each)


def _size(known: Known, capped: float) -> Amount:
    """Tokens of an answer."""
    if known.count:
        return _mean(known.count, known.written, known.written_2)
    low, value, high = (min(each, capped) if capped else each for each in ASSUMED)
    return Amount(value=value, low=low, high=high)


def _lasts(known: Known, size: Amount) -> Amount:
    """Seconds of a call."""
    if known.count:
        return _mean(known.count, known.seconds, known.seconds_2)
    low, value, high = (wait + tokens / rate for wait, tokens, rate in zip(WAIT_S, _ends(size), RATES, strict=True))
    return Amount(value=value, low=low, high=high)


def _mean(count: int, total: float, squares: float) -> Amount:
    """A mean of past calls: half of what two standard errors say, and a tenth, since another run asks other things."""
    mean = total / count
    spread = 2 * math.sqrt(max(squares / count - mean * mean, 0.0) / count) + 0.1 * mean
    return Amount(value=mean, low=max(mean - spread, 0.0), high=mean + spread)


def _price(model: str, shelf: Shelf) -> Price | None:
    provider: Any = shelf.provider(model.partition("/")[0])
    return provider.price(model) if hasattr(provider, "price") else Price(read=0.0, written=0.0)


def _total(lines: Sequence[Line]) -> Line:
    nothing = Amount(value=0.0, low=0.0, high=0.0)
    usd = None if any(line.usd is None for line in lines) else sum((line.usd or nothing for line in lines), nothing)
    told = [line.seconds for line in lines if line.seconds]
    return Line(
        model="all",
        prompt="",
        calls=sum((line.calls for line in lines), nothing),
        read=sum((line.read for line in lines), nothing),
        written=sum((line.written for line in lines), nothing),
        usd=usd,
        seconds=sum(told, nothing) if told else None,
    )


def _notes(lines: Sequence[Line], total: Line, known: Mapping[tuple[str, str], Known], info: RunInfo) -> Sequence[str]:
    """What the figures rest on, and where they pass the budget."""
    asked = [line.model for line in lines]
    seen = sum(value.count for (model, _), value in known.items() if model in asked)
    rest = f"{seen:,} calls of past runs in {RUNS}/" if seen else "assumptions: no past run of these models is in runs/"
    notes = [f"tokens and times rest on {rest}; calls on walks with none, half and all of the answers right"]
    if any(line.usd and line.usd.high for line in lines):
        own = info.providers.get("openai", {}).get("prices")
        notes.append(f"prices: {own}" if own else f"prices: list prices of {listed().date}, {listed().source}")
    if total.usd is None:
        notes.append("nobody says what some models cost: --endpoint prices=FILE names prices of your own")
    spans = {"usd": total.usd, "calls": total.calls, "tokens": total.read + total.written}
    minutes = total.seconds and _times(total.seconds, Amount(value=1.0, low=1.0, high=1.0), 1 / 60)
    for kind, limit in info.budget.items():
        amount = {**spans, "minutes": minutes}.get(kind)
        if amount and amount.high > limit:
            surely = "will" if amount.low > limit else "may"
            notes.append(f"the budget {kind}={limit:g} {surely} not do; the run would pause there and could be resumed")
    return notes


def _times(one: Amount, other: Amount, factor: float = 1.0) -> Amount:
    ends = (a * b * factor for a, b in zip(_ends(one), _ends(other), strict=True))
    low, value, high = ends
    return Amount(value=value, low=low, high=high)


def _ends(amount: Amount) -> tuple[float, float, float]:
    return amount.low, amount.value, amount.high
