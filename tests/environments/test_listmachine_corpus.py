import re
from collections.abc import Iterator
from random import Random

import pytest

from lamarck.environments.aiming import split_of
from lamarck.environments.listmachine.attempts import Attempt, right_attempt, wrong_attempt
from lamarck.environments.listmachine.corpus import (
    ALL,
    FIRST,
    ROLES,
    Text,
    back_line,
    backwards,
    curriculum,
    example,
    judgement,
    notes,
)
from lamarck.environments.listmachine.generate import Problem
from lamarck.environments.listmachine.machine import USUAL, run
from lamarck.environments.listmachine.verify import Question, Ruling, verify
from lamarck.models.pupil import tokenizer

LINE = re.compile(r"(?:Mk([0-9])\|)?([ES])([0-9]+)([:>])([a-z0-9]+)=")
MIXTURE = curriculum(1.0)
ADDS = Problem(kind="synth", digits="35743", program="ctn")
RUNS = Problem(kind="exec", digits="27253", program="scnd")


def written(role: str, n: int = 150, seed: int = 0) -> Iterator[Text]:
    rng = Random(f"{role} {seed}")
    return (ROLES[role](rng, MIXTURE) for _ in range(n))


def ruled(line: str, completion: str) -> Ruling:
    """What the machine says about a solution of a line."""
    asked = LINE.fullmatch(line)
    assert asked
    constant = int(asked[1]) if asked[1] else None
    letters = USUAL + ("k" if constant else "")
    kind = "exec" if asked[2] == "E" else "synth"
    return verify(Question(kind=kind, digits=asked[3], asked=asked[5], letters=letters, constant=constant), completion)


@pytest.mark.parametrize("role", ["exec", "synth", "fact", "memory", "hint"])
def test_roles_that_solve_end_in_a_true_trace(role: str):
    for text in written(role):
        line = text.prompt if role in {"exec", "synth", "fact"} else text.prompt.split("|", 1)[1]
        assert ruled(line, text.completion).trace, text


def test_direct_answers_are_right():
    for text in written("direct"):
        line = {"D": "E", "P": "S"}[text.prompt[0]] + text.prompt[1:]
        assert ruled(line, text.completion).right, text


def test_a_judgement_runs_the_program_anew_and_rules_by_the_result():
    verdicts = list[str]()
    for text in written("judge", 400):
        line, attempt = re.fullmatch(r"J([^=]+=)(.*)\?", text.prompt).groups()  # type: ignore[union-attr]
        again, verdict = re.fullmatch(r"(.*)!([YN])", text.completion).groups()  # type: ignore[union-attr]
        anew, claimed = re.fullmatch(r"(E[^=]+=.*)>([0-9]+)", again).groups()  # type: ignore[union-attr]
        assert ruled(*anew.replace("=", "= ", 1).split(" ")).trace, text
        right = ruled(line, attempt).right
        assert verdict == ("Y" if right else "N"), text
        assert (anew.endswith(f"{claimed}:;")) == right, text
        verdicts.append(verdict)
    assert 0.4 < verdicts.count("Y") / 400 < 0.6


def test_most_wrong_attempts_claim_what_is_not_so():
    rng, false = Random(1), 0
    for at in range(400):
        attempt = wrong_attempt((ADDS, RUNS)[at % 2], rng, solvable=at % 3 > 0)
        ruling = ruled(attempt.line, attempt.text)
        assert not attempt.right
        assert not ruling.right
        assert ruling.steps + 1 == attempt.wrong_step
        false += " gives " in ruling.why
    assert 0.6 < false / 400 < 0.8


def test_a_right_attempt_has_no_wrong_step():
    for problem in (ADDS, RUNS):
        attempt = right_attempt(problem)
        assert attempt.right
        assert ruled(attempt.line, attempt.text).trace
        assert attempt.wrong_step == len(problem.program) + 1


def test_the_ruling_of_a_false_claim_is_no():
    attempt = Attempt(problem=ADDS, program="ic", lists=["46854", "14076"], goal="14076")
    assert judgement(attempt) == "E35743:ic=i46854:c;c40837:;>14076!N"
    assert attempt.wrong_step == 2
    assert judgement(right_attempt(ADDS)) == "E35743:ctn=c38592:tn;t85923:n;n14076:;>14076!Y"


def test_a_fix_names_the_wrong_step_and_solves():
    for text in written("fix"):
        line, attempt = re.fullmatch(r"F([^=]+=)(.*)\?", text.prompt).groups()  # type: ignore[union-attr]
        number, solution = text.completion.split("!")
        wrong = ruled(line, attempt)
        assert not wrong.right
        assert int(number) == wrong.steps + 1, text
        assert ruled(line, solution).trace, text
        assert ruled(line, text.completion).right, text


def test_an_invented_task_is_what_was_asked_for():
    for text in written("invent"):
        digits, program = text.completion.split(":")
        assert text.prompt == f"I{'E' if text.prompt[1] == 'E' else 'S'}{len(program)}="
        assert len(digits) == 5
        assert run(program, digits) != digits or text.prompt[1] == "E"


def test_back_undoes_the_last_operation_first():
    assert back_line("24459", "rss") == "B24459:rss="
    assert backwards("52449", "rss") == "s24459:rs;s94425:r;r52449:;"
    for text in written("back"):
        target, program = text.prompt[1:-1].split(":")
        assert run(program, text.completion.split(";")[-2][1:-1]) == target


def test_notes_hold_the_program_a_neighbour_or_nothing_of_use():
    rng = Random(0)
    assert all("rsi" in notes("rsi", "right", n, rng) for n in (1, 2, 3, 4) for _ in range(20))
    for _ in range(50):
        (one,) = notes("rsi", "neighbour", 1, rng)
        assert sum(a != b for a, b in zip(one, "rsi", strict=True)) == 1


def test_no_text_shows_a_held_out_problem():
    for role in ("exec", "synth", "fact"):
        assert all(split_of(text.prompt) == "practice" for text in written(role, 300))
    for role in ("hint", "memory"):
        assert all(split_of(text.prompt.split("|", 1)[1]) == "practice" for text in written(role))
    for text in written("back"):
        program, digits = text.prompt[1:-1].split(":")[1], text.completion.split(";")[-2][1:-1]
        assert split_of(f"E{digits}:{program}=") == "practice"


def test_the_small_model_can_read_all_of_it_and_it_fits():
    rng = Random(3)
    for _ in range(1_500):
        text = example(rng, MIXTURE)
        whole = f"{text.prompt}{text.completion}."
        assert tokenizer.decode(tokenizer.encode(whole)) == whole
        assert len(tokenizer.encode(whole)) <= 256
        assert len(tokenizer.encode(text.completion)) < 88


def test_the_curriculum_runs_and_finds_first_and_then_does_all():
    assert curriculum(0.0).roles == curriculum(0.39).roles == FIRST
    assert curriculum(0.4).roles == curriculum(1.0).roles == ALL
    assert set(ALL) == set(ROLES)
    assert curriculum(1.0, synth_3=0.25).synth_depths == (3, 5, 0.25)
    assert FIRST["fact"] / (FIRST["exec"] + FIRST["fact"]) >= 0.2 <= ALL["fact"] / (ALL["exec"] + ALL["fact"])


def test_a_seed_makes_the_same_corpus():
    def texts(seed: int) -> list[Text]:
        rng = Random(seed)
        return [example(rng, MIXTURE) for _ in range(100)]

    assert texts(1) == texts(1) != texts(2)
