from itertools import product

import pytest

from lamarck.core import Message, Objective, Solution, Split, Task, UsageError
from lamarck.core.types import Parameters
from lamarck.environments.aiming import split_of
from lamarck.environments.listmachine.environment import ListMachine
from lamarck.environments.listmachine.machine import USUAL, run
from lamarck.models.pupil import tokenizer

SPLITS: tuple[Split, ...] = ("practice", "selection", "sealed")
MACHINE = ListMachine()


def goal(node: str = "", **parameters: str | int | None) -> Objective:
    return Objective(ability="list machine", node=node, parameters=parameters)


def answered(text: str) -> Solution:
    return Solution(messages=(Message(role="assistant", text=text),))


def reference(task: Task) -> str:
    assert task.reference is not None
    return task.reference.read()


def nodes(objective: Objective, n: int = 24) -> dict[object, int]:
    made = [task.parameters["node"] for task in MACHINE.tasks("practice", n, 7, objective)]
    return {node: made.count(node) for node in made}


def test_the_whole_tree_in_equal_shares():
    assert nodes(goal()) == {f"exec {d}": 3 for d in (1, 2, 3, 4)} | {f"synth {d}": 4 for d in (1, 2, 3)}
    assert len(MACHINE.tasks("practice", None, 0, goal())) == 1000


def test_the_objective_steers():
    assert nodes(goal("synth 3")) == {"synth 3": 24}
    assert nodes(goal("synth 4"), 6) == {"synth 4": 6}
    assert nodes(goal("exec 8"), 6) == {"exec 8": 6}
    assert nodes(goal("exec 1", kind="synth", depth=3)) == {"exec 1": 24}
    assert nodes(goal(kind="synth")) == {"synth 1": 8, "synth 2": 8, "synth 3": 8}
    assert nodes(goal(depth=6)) == {"exec 6": 12, "synth 6": 12}
    assert nodes(goal(kind=None, depth=2)) == {"exec 2": 12, "synth 2": 12}


@pytest.mark.parametrize("parameters", [{}, {"depth": 5, "length": 8}, {"operations": "rskumf", "depth": 3}], ids=str)
def test_tasks_are_answered_by_their_references_and_shaped_as_asked(parameters: Parameters):
    for task in MACHINE.tasks("sealed", 40, 1, Objective(ability="x", parameters=parameters)):
        assert MACHINE.check(task, answered(reference(task))).passed
        assert not MACHINE.check(task, answered("")).passed
        assert len(task.fields["list"]) == parameters.get("length", 5)
        assert set(task.fields.get("program", "r")) <= set(str(parameters.get("operations", USUAL)))
        assert int(task.fields["depth"]) == task.parameters["depth"]


def test_a_task_says_itself_in_words_and_in_fields():
    (task,) = MACHINE.tasks("practice", 1, 0, goal("exec 2"))
    digits, program = task.fields["list"], task.fields["program"]
    assert task.fields["line"] == f"E{digits}:{program}=" == MACHINE.key(task)
    assert task.fields["direct"] == f"D{digits}:{program}="
    assert (task.kind, task.id) == ("exec", f"listmachine/E{digits}:{program}")
    assert dict(task.parameters) == {"kind": "exec", "depth": 2, "node": "exec 2"}
    text = task.messages[0].text
    assert f"Start with the list {digits} and run the program {program}:" in text
    assert all(f"\n{letter}: " in text for letter in program)
    assert reference(task) not in text
    (task,) = MACHINE.tasks("practice", 1, 0, goal("synth 2"))
    assert task.fields["line"] == f"S{task.fields['list']}>{task.fields['target']}="
    assert task.fields["direct"] == "P" + task.fields["line"][1:]
    assert "program" not in task.fields
    assert all(f"\n{letter}: " in task.messages[0].text for letter in USUAL)


def test_depth_is_difficulty():
    for task in MACHINE.tasks("practice", 60, 3, goal("synth 3")):
        digits, target = task.fields["list"], task.fields["target"]
        assert all(
            run("".join(program), digits) != target for depth in (0, 1, 2) for program in product(USUAL, repeat=depth)
        )


def test_one_seed_gives_one_list_and_splits_share_no_problem():
    seen = dict[str, Split]()
    for split in SPLITS:
        for seed in (0, 1):
            tasks = MACHINE.tasks(split, 140, seed, goal())
            assert tasks == MACHINE.tasks(split, 140, seed, goal())
            assert len({MACHINE.key(task) for task in tasks}) == len({task.id for task in tasks}) == 140
            for task in tasks:
                assert split_of(MACHINE.key(task)) == task.split == split
                assert seen.setdefault(MACHINE.key(task), split) == split
    assert MACHINE.tasks("practice", 20, 0, goal()) != MACHINE.tasks("practice", 20, 1, goal())


def test_check_gives_score_reason_and_details():
    (task,) = MACHINE.tasks("practice", 1, 0, goal("exec 1"))
    letter, right = task.fields["program"], reference(task)
    good = MACHINE.check(task, answered(f"{letter}{right}:;"))
    assert (good.score, good.passed, good.text, good.source) == (1.0, True, "right", "verifier")
    assert dict(good.details) == {"trace": True, "sound": True, "steps": 1, "reached": right}
    slip = right[:-1] + str((int(right[-1]) + 1) % 10)
    bad = MACHINE.check(task, answered(f"{letter}{slip}:;"))
    assert (bad.score, bad.passed) == (0.0, False)
    assert bad.text == f"step 1: {letter} on {task.fields['list']} gives {right}, not {slip}"
    assert not MACHINE.check(task, Solution(messages=())).passed
    assert MACHINE.answer(task, answered(f"{letter}{slip}:;")) == slip
    assert MACHINE.answer(task, answered("no idea")) is None


def test_families_are_the_same_machines_in_every_split_and_seed():
    programs = dict[object, str]()
    names = list[set[object]]()
    for split in SPLITS:
        for seed in (0, 1):
            tasks = MACHINE.tasks(split, 30, seed, goal("synth 2", families=5))
            names.append({task.parameters["family"] for task in tasks})
            for task in tasks:
                assert programs.setdefault(task.parameters["family"], reference(task)) == reference(task)
                assert f"The machine {task.parameters['family']} always runs" in task.messages[0].text
                assert str(task.parameters["family"]) not in task.fields["line"]
    assert all(each == names[0] for each in names)
    assert len(names[0]) == len(set(programs.values())) == 5
    more = MACHINE.tasks("practice", 30, 0, goal("synth 2", families=10))
    assert names[0] < {task.parameters["family"] for task in more}
    assert "family" not in MACHINE.tasks("practice", 1, 0, goal("exec 2", families=5))[0].parameters


def test_examples_are_solved_by_true_traces_and_never_held_out():
    examples = MACHINE.examples(280, 4)
    assert examples == MACHINE.examples(280, 4) != MACHINE.examples(280, 5)
    assert {e.task.parameters["node"] for e in examples[:70]} == set(nodes(goal()))  # mixed, not in order of the tree
    only = MACHINE.labelled(50, 4, goal("synth 3"))
    assert {e.task.parameters["node"] for e in only} == {"synth 3"}
    for experience in [*examples, *only]:
        assert experience.solution is not None
        assert MACHINE.check(experience.task, experience.solution).details["trace"]
        assert split_of(MACHINE.key(experience.task)) == "practice"


def test_protected_items_are_fresh_and_never_practised():
    found = MACHINE.protected(50, 1)
    assert list(found) == ["exec depth 2", "synth depth 2"]
    others = MACHINE.protected(50, 2)
    for ability, tasks in found.items():
        assert len({task.id for task in tasks}) == 50
        assert all(f"{task.kind} depth {task.fields['depth']}" == ability for task in tasks)
        assert all(task.split == split_of(MACHINE.key(task)) == "selection" for task in tasks)
        assert len({task.id for task in tasks} & {task.id for task in others[ability]}) < 20


@pytest.mark.parametrize("node", ["exec 5", "synth 3"])
def test_what_a_task_is_invented_by_reads_as_this_task(node: str):
    for e in MACHINE.labelled(5, 0, goal(node)):
        assert e.solution
        made = MACHINE.invented(MACHINE.stated(e.task, e.solution), goal(node))
        assert made
        assert made.fields == e.task.fields


def test_what_a_model_invents_becomes_a_practice_task():
    texts = [f"{10_000 + 37 * at}:{program}" for at in range(40) for program in ("td", "sc", "rsi", "rr")]
    made = {text: MACHINE.invented(text, goal(kind="synth")) for text in texts}
    assert 30 < sum(task is not None for task in made.values()) < 90  # the others are held out, or have no use
    for text, task in made.items():
        digits, _, program = text.partition(":")
        if task is not None:
            assert (task.fields["list"], task.fields["target"]) == (digits, run(program, digits))
            assert split_of(MACHINE.key(task)) == task.split == "practice"
            assert reference(task) == program
        assert task is None or program != "rr"
    run_them = [MACHINE.invented(text, goal("exec 2")) for text in texts]
    assert {task.fields["program"] for task in run_them if task} == {"td", "sc", "rr"}
    kinds = {task.kind for text in texts if (task := MACHINE.invented(text, goal()))}
    assert kinds == {"exec", "synth"}
    for nothing in ("", "37859:", "37859:tq", "3785:td", "37859 td", "37859:tdtdtdtdtd", "37859:uf"):
        assert MACHINE.invented(nothing, goal()) is None


def test_a_brief_asks_for_what_the_objective_wants():
    assert MACHINE.brief(goal("synth 3"), 1) == {"want": "S3"}
    wants = [MACHINE.brief(goal(), seed)["want"] for seed in range(60)]
    assert wants == [MACHINE.brief(goal(), seed)["want"] for seed in range(60)]
    assert set(wants) == {"E1", "E2", "E3", "E4", "S1", "S2", "S3"}


def test_the_small_model_can_read_every_line_and_trace():
    for experience in MACHINE.labelled(100, 0, goal(operations="rsindctxkfmu", length=9)):
        assert experience.solution is not None
        for text in (*(experience.task.fields[name] for name in ("line", "direct")), experience.solution.text):
            assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (goal("synth 9"), "unknown node of listmachine 'synth 9': did you mean"),
        (goal(deph=3), "unknown listmachine parameter 'deph': did you mean depth?"),
        (goal(kind="sinth"), "unknown kind of listmachine 'sinth': did you mean synth?"),
        (goal(operations="rsq"), "unknown operation of listmachine 'q': known: c, d, f,"),
        (
            goal(operations="rr"),
            "listmachine parameter operations='rr': it must be letters out of rsindctxfmuk, each once",
        ),
        (goal(operations=""), "listmachine parameter operations='': it must be letters"),
        (goal(operations=3), "listmachine parameter operations=3: it must be letters"),
        (goal(depth=9), "listmachine parameter depth=9: it must be a whole number from 1 to 8"),
        (goal(depth=0), "listmachine parameter depth=0: it must be a whole number from 1 to 8"),
        (goal(length=3), "listmachine parameter length=3: it must be a whole number from 4 to 9"),
        (goal(depth="2"), "listmachine parameter depth='2': it must be a whole number from 1 to 8"),
        (goal(families=-1), "listmachine parameter families=-1: it must be a whole number from 0 to 1000"),
        (goal("synth 2", operations="r"), "tasks were found for listmachine 'synth 2' with"),
        (goal("synth 1", families=9), "only 8 of 9 machines were found with 1 of the operations rsindctx"),
    ],
)
def test_what_means_nothing_is_refused(objective: Objective, message: str):
    with pytest.raises(UsageError) as error:
        MACHINE.tasks("practice", 10, 0, objective)
    assert message in str(error.value)


def test_a_task_to_run_is_turned_round_and_the_machine_rules_on_every_list():
    (old,) = MACHINE.tasks("practice", 1, 3, goal("exec 2", operations="si"))
    target = old.reference.read() if old.reference else ""
    (back,) = MACHINE.masked(old, target)
    assert back.fields["line"] == f"B{target}:{old.fields['program']}="
    assert "list" not in back.fields
    assert old.fields["list"] not in back.messages[0].text
    other = old.fields["list"][::-1]  # where digits are sorted, their order before does not matter
    for said, right in (
        (old.fields["list"], True),
        (f"answer: {other}", old.fields["program"][0] == "s"),
        ("9", False),
    ):
        verdict = MACHINE.check(back, Solution(messages=(Message(role="assistant", text=said),)))
        assert verdict.passed is right, verdict
    assert MACHINE.key(back) != MACHINE.key(old)
    assert MACHINE.masked(MACHINE.tasks("practice", 1, 3, goal("synth 2"))[0], "si") == []
