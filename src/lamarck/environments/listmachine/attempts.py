"""Attempts as the small model makes them, right ones and wrong ones: what a judge and a reviser learn from.

A wrong attempt mostly claims what is not so at one step: a slip of a digit, or a jump to the list that was hoped for.
"""

from dataclasses import dataclass
from random import Random

from lamarck.environments.listmachine.generate import Problem
from lamarck.environments.listmachine.machine import USUAL, applied, states
from lamarck.environments.listmachine.traces import exec_line, exec_steps, synth_line, synth_steps

FALSE_STEP = 0.7
"""Share of wrong attempts with a false step; the others do true steps of another program."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A claimed way through a problem."""

    problem: Problem
    program: str
    """The operations it says it does."""
    lists: list[str]
    """The lists it says they give."""
    goal: str
    """The target of synth; what the program asked for gives, of exec."""

    @property
    def line(self) -> str:
        """The problem it answers."""
        if self.problem.kind == "exec":
            return exec_line(self.problem.digits, self.problem.program)
        return synth_line(self.problem.digits, self.goal)

    @property
    def text(self) -> str:
        """The attempt as the small model writes it."""
        if self.problem.kind == "exec":
            return exec_steps(self.problem.program, self.program, self.lists)
        return synth_steps(self.program, self.lists, self.goal)

    @property
    def right(self) -> bool:
        """Exec: it ends on the right list. Synth: its program, run, reaches the target."""
        reached = self.lists[-1] if self.problem.kind == "exec" else states(self.program, self.problem.digits)[-1]
        return reached == self.goal

    @property
    def wrong_step(self) -> int:
        """Counted from 1: the first step that is false or not asked for; one past the last where none is."""
        now = self.problem.digits
        for at, (letter, claimed) in enumerate(zip(self.program, self.lists, strict=True), 1):
            asked = self.problem.program[at - 1] if self.problem.kind == "exec" else letter
            if letter != asked or applied(letter, now) != claimed:
                return at
            now = claimed
        return len(self.program) + 1


def right_attempt(problem: Problem) -> Attempt:
    """The true trace."""
    lists = states(problem.program, problem.digits)
    return Attempt(problem=problem, program=problem.program, lists=lists, goal=problem.target)


def wrong_attempt(problem: Problem, rng: Random, *, solvable: bool) -> Attempt:
    """An attempt that is wrong. In: whether the line it answers must have the problem's own solution."""
    while True:
        attempt = _wrong(problem, rng, solvable)
        if not attempt.right:
            return attempt


def _wrong(problem: Problem, rng: Random, solvable: bool) -> Attempt:
    if rng.random() >= FALSE_STEP:
        program = near(problem.program, rng)
        lists = states(program, problem.digits)
        return Attempt(problem=problem, program=program, lists=lists, goal=problem.target)
    if problem.kind == "exec":
        lists = _slipped(problem, rng)
        return Attempt(problem=problem, program=problem.program, lists=lists, goal=problem.target)
    if not solvable and rng.random() < 0.4:
        lists = _slipped(problem, rng)
        return Attempt(problem=problem, program=problem.program, lists=lists, goal=lists[-1])
    program = near(problem.program, rng)
    first = next((at for at, pair in enumerate(zip(program, problem.program, strict=True)) if len(set(pair)) > 1), 0)
    jump = rng.randrange(first, len(program))
    hoped = states(problem.program, problem.digits)
    lists = states(program, problem.digits)[:jump] + hoped[jump:]
    return Attempt(problem=problem, program=program, lists=lists, goal=problem.target)


def near(program: str, rng: Random) -> str:
    """A program as long: mostly with one operation changed, else a random one."""
    if rng.random() < 0.6:
        at = rng.randrange(len(program))
        return program[:at] + rng.choice(USUAL) + program[at + 1 :]
    return "".join(rng.choices(USUAL, k=len(program)))


def _slipped(problem: Problem, rng: Random) -> list[str]:
    """The lists of the program with one slip; the steps after it are true again."""
    at, now, lists = rng.randrange(len(problem.program)), problem.digits, list[str]()
    for number, letter in enumerate(problem.program):
        true = applied(letter, now)
        now = _slip(true, problem.digits if at == 0 else lists[-1], rng) if number == at else true
        lists.append(now)
    return lists


def _slip(true: str, before: str, rng: Random) -> str:
    """A list that is nearly it: another figure, two neighbours changed over, or another operation's."""
    while True:
        share, at = rng.random(), rng.randrange(len(true) - 1)
        if share < 0.5:
            at = rng.randrange(len(true))
            found = true[:at] + str(rng.randrange(10)) + true[at + 1 :]
        elif share < 0.7:
            found = true[:at] + true[at + 1] + true[at] + true[at + 2 :]
        else:
            found = applied(rng.choice(USUAL), before)
        if found != true:
            return found
