"""The small model's pretraining texts: one skill in ten roles, each a line and what follows it.

    exec, synth, direct, fact    see `traces`
    memory    Mrsi,dcn,ttx|S46729>01325=          as synth; 1 to 4 programs of similar tasks, which may be useless
    hint      H40440|E27253:scnd=                 as exec; the answer is given, the way is wanted
    judge     JS33025>55247=i44132>55247;...;?    E33025:ii=i44136:i;i55247:;>55247!Y    solved again, compared, ruled
    fix       FE30600:dn=d60200:n;n30799:;?       2!d60200:n;n39799:;    number of the wrong step, then a right trace
    invent    IE2=                                37859:td
    back      B24459:rss=                         s24459:rs;s94425:r;r52449:;    from an output to an input

Every problem in it, in whatever role, belongs to the practice split: no held-out task is ever shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from lamarck.environments.aiming import split_of
from lamarck.environments.listmachine.aim import Aim, Node
from lamarck.environments.listmachine.attempts import Attempt, right_attempt, wrong_attempt
from lamarck.environments.listmachine.generate import Problem, draw
from lamarck.environments.listmachine.machine import ADD, USUAL, states
from lamarck.environments.listmachine.traces import exec_line, exec_trace


@dataclass(frozen=True, kw_only=True)
class Text:
    """One training text; only the completion is learned."""

    prompt: str
    completion: str


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """What share of the texts is what; all numbers are relative weights."""

    roles: Mapping[str, float]
    exec_depths: tuple[float, ...] = (1, 2, 3, 3, 0.28, 0.09)
    """Of 1, 2, ... operations. The thin tail leaves the next depth possible."""
    synth_depths: tuple[float, ...] = (3, 5, 1)
    other_depths: tuple[float, ...] = (2, 4, 2)
    """Of synth problems in the other roles, most of which show a program."""
    lengths: tuple[float, ...] = (0.02, 0.96, 0.02)
    """Of 4, 5 and 6 digits."""


FIRST: Mapping[str, float] = MappingProxyType({"exec": 3, "fact": 1, "synth": 6})
ALL: Mapping[str, float] = MappingProxyType(
    {"exec": 16, "fact": 6, "synth": 26, "memory": 8, "hint": 5, "direct": 4}
    | {"judge": 16, "fix": 9, "invent": 4, "back": 6}
)
"""The roles of the two parts of pretraining."""


def curriculum(progress: float, synth_3: float = 1.0, first: float = 0.4) -> Mixture:
    """Running and finding programs at first, all roles once a share `first` of the examples is through.

    In: `synth_3`, the weight of three operations to find, beside 3 and 5 for one and two.
    """
    return Mixture(roles=FIRST if progress < first else ALL, synth_depths=(3, 5, synth_3))


def example(rng: Random, mixture: Mixture) -> Text:
    """One text of the corpus."""
    role = rng.choices(list(mixture.roles), list(mixture.roles.values()))[0]
    return ROLES[role](rng, mixture)


def _problem(rng: Random, kind: str, mixture: Mixture) -> Problem:
    return _drawn(rng, kind, mixture.exec_depths if kind == "exec" else mixture.other_depths, mixture)


def _drawn(rng: Random, kind: str, weights: tuple[float, ...], mixture: Mixture) -> Problem:
    node = Node(kind=kind, depth=rng.choices(range(1, len(weights) + 1), weights)[0])
    return _practice(rng, node, Aim(length=rng.choices((4, 5, 6), mixture.lengths)[0]))


def _practice(rng: Random, node: Node, aim: Aim) -> Problem:
    while True:
        found = draw(node, aim, rng)
        if found and split_of(found.key) == "practice":
            return found


def _exec(rng: Random, mixture: Mixture) -> Text:
    asked = _problem(rng, "exec", mixture)
    return Text(prompt=asked.line, completion=asked.trace)


def _synth(rng: Random, mixture: Mixture) -> Text:
    asked = _drawn(rng, "synth", mixture.synth_depths, mixture)
    return Text(prompt=asked.line, completion=asked.trace)


def _fact(rng: Random, mixture: Mixture) -> Text:
    while True:
        bare = _problem(rng, "exec", mixture)
        at = rng.randrange(len(bare.program))
        program = bare.program[:at] + ADD + bare.program[at + 1 :]
        asked = Problem(kind="exec", digits=bare.digits, program=program, constant=rng.randint(1, 9))
        if split_of(asked.key) == "practice":
            return Text(prompt=asked.line, completion=asked.trace)


def _direct(rng: Random, mixture: Mixture) -> Text:
    asked = _problem(rng, rng.choice(("exec", "synth")), mixture)
    return Text(prompt=asked.direct, completion=asked.answer)


def _hint(rng: Random, mixture: Mixture) -> Text:
    asked = _problem(rng, rng.choice(("exec", "synth")), mixture)
    return Text(prompt=f"H{asked.answer}|{asked.line}", completion=asked.trace)


def _memory(rng: Random, mixture: Mixture) -> Text:
    asked = _problem(rng, "synth", mixture)
    note = rng.choice(("right", "neighbour", "useless"))
    programs = notes(asked.program, note, rng.randint(1, 4), rng)
    return Text(prompt=f"M{','.join(programs)}|{asked.line}", completion=asked.trace)


def notes(program: str, note: str, n: int, rng: Random) -> list[str]:
    """n programs as a memory gives them, in random order: with the right one or a neighbour of it, or all useless.

    What helps may stand there more than once, as after several tasks of one machine.
    """
    useless = ["".join(rng.choices(USUAL, k=rng.randint(1, 3))) for _ in range(n)]
    if note == "useless":
        return useless
    at = rng.randrange(len(program))
    neighbour = program[:at] + rng.choice(USUAL.replace(program[at], "")) + program[at + 1 :]
    copies = rng.randint(1, n)
    found = [program if note == "right" else neighbour] * copies + useless[copies:]
    rng.shuffle(found)
    return found


def _judge(rng: Random, mixture: Mixture) -> Text:
    asked = _problem(rng, rng.choice(("exec", "synth")), mixture)
    attempt = right_attempt(asked) if rng.random() < 0.5 else wrong_attempt(asked, rng, solvable=False)
    return Text(prompt=judge_line(attempt.line, attempt.text), completion=judgement(attempt))


def judge_line(line: str, attempt: str) -> str:
    """The line that asks whether an attempt is right."""
    return f"J{line}{attempt}?"


def judgement(attempt: Attempt) -> str:
    """The attempt's program run anew, as an exec task; then what should or does stand at the end, and the ruling.

    Asked for the ruling at once, or for a check of each claimed step, a small model copies the claims.
    """
    asked = attempt.problem
    program = asked.program if asked.kind == "exec" else attempt.program
    again = exec_line(asked.digits, program) + exec_trace(asked.digits, program)
    claimed = attempt.lists[-1] if asked.kind == "exec" else attempt.goal
    return f"{again}>{claimed}!{'Y' if attempt.right else 'N'}"


def _fix(rng: Random, mixture: Mixture) -> Text:
    asked = _problem(rng, rng.choice(("exec", "synth")), mixture)
    attempt = wrong_attempt(asked, rng, solvable=True)
    return Text(prompt=fix_line(attempt.line, attempt.text), completion=f"{attempt.wrong_step}!{asked.trace}")


def fix_line(line: str, attempt: str) -> str:
    """The line that asks for a wrong attempt to be put right."""
    return f"F{line}{attempt}?"


def _invent(rng: Random, mixture: Mixture) -> Text:
    kind, length = rng.choice(("exec", "synth")), Aim()
    node = Node(kind=kind, depth=rng.randint(1, 4 if kind == "exec" else 3))
    made = _practice(rng, node, length)
    return Text(prompt=f"I{node.want}=", completion=f"{made.digits}:{made.program}")


def _back(rng: Random, mixture: Mixture) -> Text:
    node = Node(kind="exec", depth=rng.choices((1, 2, 3), (1, 2, 3))[0])
    asked = _practice(rng, node, Aim())
    return Text(prompt=back_line(asked.target, asked.program), completion=backwards(asked.digits, asked.program))


def back_line(target: str, program: str) -> str:
    """The line that asks for an input from which the program gives the target."""
    return f"B{target}:{program}="


def backwards(digits: str, program: str) -> str:
    """The trace from the program's output to this input: an operation undone, the list before it, what is left."""
    before = [digits, *states(program, digits)[:-1]]
    return "".join(f"{program[at]}{before[at]}:{program[:at]};" for at in reversed(range(len(program))))


ROLES: Mapping[str, Callable[[Random, Mixture], Text]] = MappingProxyType(
    {"exec": _exec, "synth": _synth, "fact": _fact, "direct": _direct, "hint": _hint, "memory": _memory}
    | {"judge": _judge, "fix": _fix, "invent": _invent, "back": _back}
)
"""What writes the texts of each role."""
