"""What a small model can do with the list machine, role by role, on problems of the selection split."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

from asking import SEED, answers

from lamarck.core import Estimate, interval, pass_at_k
from lamarck.environments.listmachine import corpus
from lamarck.environments.listmachine.aim import Aim, Node
from lamarck.environments.listmachine.attempts import Attempt, right_attempt, wrong_attempt
from lamarck.environments.listmachine.generate import Problem, generate
from lamarck.environments.listmachine.machine import ADD, USUAL, run
from lamarck.environments.listmachine.verify import Question, verify
from lamarck.models.pupil.decode import Decoder

N = 400
"""Problems of each row."""
LONGEST = 88
Items = Sequence[Problem]
_BACK = re.compile(r"(?:[a-z][0-9]+:[a-z]*;)*[a-z]([0-9]+):;")


def skills(decoder: Decoder, samples: int) -> dict[str, Estimate]:
    """Shares right; greedy but for pass@k and invention, which sample at temperature 1."""
    return (
        _running(decoder)
        | _finding(decoder, samples)
        | _with_help(decoder)
        | _judging(decoder, samples)
        | _mending(decoder)
        | _making(decoder)
    )


def _running(decoder: Decoder) -> dict[str, Estimate]:
    found = {f"exec depth {d}": _solved(decoder, _problems("exec", d)) for d in (1, 2, 3, 4, 5, 6)}
    told = [problem for d in (1, 2, 3, 4) for problem in _problems("exec", d, USUAL + ADD) if problem.constant]
    found["exec depth 1-4 with a fact"] = _solved(decoder, told)
    found["exec depth 3, list of 6"] = _solved(decoder, _problems("exec", 3, length=6))
    for depth in (1, 2):
        found[f"direct exec depth {depth}"] = _solved(decoder, _problems("exec", depth), lambda p: p.direct)
    return found


def _finding(decoder: Decoder, samples: int) -> dict[str, Estimate]:
    found = dict[str, Estimate]()
    for depth in (1, 2, 3, 4):
        items = _problems("synth", depth)
        found[f"synth depth {depth}, greedy"] = _solved(decoder, items)
        lines = [problem.line for problem in items]
        texts = answers(decoder, lines, samples=samples, temperature=1.0, longest=LONGEST)
        right = [sum(_right(p, text) for text in each) for p, each in zip(items, texts, strict=True)]
        for k in (1, samples):
            found[f"synth depth {depth}, pass@{k}"] = interval([pass_at_k(samples, n, k) for n in right])
    for depth in (1, 2, 3):
        found[f"direct synth depth {depth}"] = _solved(decoder, _problems("synth", depth), lambda p: p.direct)
    return found


def _with_help(decoder: Decoder) -> dict[str, Estimate]:
    items, found = _problems("synth", 3), dict[str, Estimate]()
    for note in ("right", "neighbour", "useless"):
        rng = Random(SEED)
        lines = {p.key: f"M{','.join(corpus.notes(p.program, note, 3, rng))}|{p.line}" for p in items}
        found[f"synth depth 3, memory {note}"] = _solved(decoder, items, lambda p, lines=lines: lines[p.key])
    for kind, depth in (("exec", 3), ("synth", 2), ("synth", 3)):
        asked = _problems(kind, depth)
        found[f"{kind} depth {depth}, hint"] = _solved(decoder, asked, lambda p: f"H{p.answer}|{p.line}")
    return found


def _judging(decoder: Decoder, samples: int) -> dict[str, Estimate]:
    found, rng = dict[str, Estimate](), Random(SEED)
    for kind, depths in (("exec", (2, 3, 4)), ("synth", (2, 3))):
        items = [problem for depth in depths for problem in _problems(kind, depth)]
        made = {
            "right": [right_attempt(problem) for problem in items],
            "wrong": [wrong_attempt(problem, rng, solvable=False) for problem in items],
        }
        for name, attempts in made.items():
            lines = [corpus.judge_line(attempt.line, attempt.text) for attempt in attempts]
            found[f"judge {kind}, {name}"] = interval(_ruled(decoder, lines, name == "right"))
    items = [problem for depth in (2, 3) for problem in _problems("synth", depth)]
    own = answers(decoder, [p.line for p in items], samples=samples // 4, temperature=1.0, longest=LONGEST)
    pairs = {(p.line, text): _right(p, text) for p, each in zip(items, own, strict=True) for text in each}
    for name in ("right", "wrong"):
        lines = [corpus.judge_line(*pair) for pair, right in pairs.items() if right == (name == "right")]
        found[f"judge synth, own samples {name}"] = interval(_ruled(decoder, lines, name == "right"))
    return found


def _mending(decoder: Decoder) -> dict[str, Estimate]:
    found = dict[str, Estimate]()
    for kind, depth in (("exec", 3), ("synth", 2), ("synth", 3)):
        rng, items = Random(SEED), _problems(kind, depth)
        attempts = [wrong_attempt(problem, rng, solvable=True) for problem in items]
        texts = _greedy(decoder, [corpus.fix_line(attempt.line, attempt.text) for attempt in attempts])
        found[f"fix {kind} depth {depth}"] = _share(map(_right, items, texts))
        found[f"fix {kind} depth {depth}, step named"] = _share(map(_named, attempts, texts))
    return found


def _making(decoder: Decoder) -> dict[str, Estimate]:
    found = dict[str, Estimate]()
    for node in (Node(kind="exec", depth=2), Node(kind="synth", depth=2), Node(kind="synth", depth=3)):
        (texts,) = answers(decoder, [f"I{node.want}="], samples=N, temperature=1.0)
        shape = re.compile(rf"[0-9]{{5}}:([{USUAL}]{{{node.depth}}})")
        valid = [match for match in map(shape.fullmatch, texts) if match]
        found[f"invent {node.want}, well formed"] = _share(bool(shape.fullmatch(text)) for text in texts)
        found[f"invent {node.want}, a program not drawn before"] = _share(_new(match[1] for match in valid))
    for depth in (1, 2, 3):
        items = _problems("exec", depth)
        texts = _greedy(decoder, [corpus.back_line(p.target, p.program) for p in items])
        found[f"back depth {depth}"] = _share(map(_undone, items, texts))
    return found


def _problems(kind: str, depth: int, letters: str = USUAL, length: int = 5) -> list[Problem]:
    aim = Aim(operations=letters, length=length)
    return generate(Node(kind=kind, depth=depth), aim, "selection", N, "measure")


def _solved(decoder: Decoder, items: Items, line: Callable[[Problem], str] = lambda p: p.line) -> Estimate:
    return _share(map(_right, items, _greedy(decoder, list(map(line, items)))))


def _greedy(decoder: Decoder, lines: Sequence[str]) -> list[str]:
    return [text for (text,) in answers(decoder, lines, longest=LONGEST)]


def _share(rulings: Iterable[bool]) -> Estimate:
    return interval([float(right) for right in rulings])


def _right(problem: Problem, text: str) -> bool:
    asked = problem.program if problem.kind == "exec" else problem.target
    question = Question(
        kind=problem.kind, digits=problem.digits, asked=asked, letters=problem.letters, constant=problem.constant
    )
    return verify(question, text).right


def _ruled(decoder: Decoder, lines: Sequence[str], right: bool) -> list[float]:
    return [float(text.endswith("!Y" if right else "!N")) for text in _greedy(decoder, lines)]


def _named(attempt: Attempt, text: str) -> bool:
    return text.startswith(f"{attempt.wrong_step}!")


def _new(programs: Iterable[str]) -> Iterator[bool]:
    seen = set[str]()
    for program in programs:
        yield program not in seen
        seen.add(program)


def _undone(problem: Problem, text: str) -> bool:
    found = _BACK.fullmatch(text)
    return bool(found) and run(problem.program, found[1]) == problem.target
