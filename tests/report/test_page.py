"""What the page says: the numbers of the run, and what a reader must know before believing them."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.report.literal import BASE, FIRST, SECOND, LiteralRun, attempt, card, seen, small
from tests.report.parsed import Parsed

from lamarck import report
from lamarck.core import DamagedRun, MissingExtra
from lamarck.report.page import page
from lamarck.report.samples import SHOWN


def parsed(run: LiteralRun) -> Parsed:
    return Parsed(page(run.reader))


def test_the_page_lies_in_the_run_folder_and_holds_everything(tmp_path: Path):
    written = report.write(small(tmp_path).reader)
    assert written == tmp_path / "report.html"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert written.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert report.write(small(tmp_path).reader, tmp_path / "else.html") == tmp_path / "else.html"


def test_it_loads_and_runs_nothing(tmp_path: Path):
    found = parsed(small(tmp_path))
    names = {tag for tag, _ in found.elements}
    assert not names & {"script", "link", "iframe", "object", "embed", "form", "input", "base", "img", "image"}
    assert not [key for _, attributes in found.elements for key in attributes if key == "style" or key.startswith("on")]
    assert all(value.startswith("#") for value in found.values("href"))
    assert not found.values("src")
    nonce = found.values("nonce")
    assert len(nonce) == 1
    policy = next(a["content"] for _, a in found.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert policy.startswith(f"default-src 'none'; style-src 'nonce-{nonce[0]}'; img-src data:")
    assert "@import" not in page(small(tmp_path).reader)
    assert "url(http" not in page(small(tmp_path).reader)


def test_every_id_is_there_once_and_every_link_leads_somewhere(tmp_path: Path):
    found = parsed(small(tmp_path))
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in found.values("href")} <= set(ids)


def test_the_numbers_are_the_scorecards(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    for estimate in (
        card(BASE.hash, 0, 0, 1, 0).target.estimate("greedy"),
        card("", 1, 0, 1, 0).target.estimate("greedy"),
    ):
        assert f"{100 * estimate.value:.1f} %" in text
        assert f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}" in text
    # greedy 25 % -> 50 %, the sealed test 25 % -> 75 %, two items of four gained
    assert "greedy 25.0 % → 50.0 %" in text
    assert "on 4 sealed items, scored once" in text
    assert "greedy 25.0 % → 75.0 % +50.0 points, 95 % interval −6.6 to +100.0 pass@1" in text


def test_the_header_says_what_was_run(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    for said in (
        "rest_em on toyland",
        "seed 7",
        "guard, alpha 0.05",
        "updating.lr 0.01",
        "python 3.11.2",
        "status done",
    ):
        assert said in text
    assert "21 November 2026, 08:05 UTC" in text
    assert "samples a task, paper: 32, here: 2" in text
    changed = parsed(small(tmp_path, options={"samples": 32})).text
    assert "samples a task, asked: 32, here: 2" in changed


def test_what_weakens_the_result_is_said_on_top(tmp_path: Path):
    text = parsed(small(tmp_path, ablate=("verifier",), gate="off", status="paused", reason="the disk is full")).text
    top = text[: text.index("One turn a round")]
    assert "Ablation: verifier is switched off" in top
    assert "--gate off" in top
    assert "This run is paused. the disk is full" in top


@pytest.mark.parametrize(("tier", "warns"), [(1, False), (4, True)])
def test_how_programs_were_isolated_is_told_and_where_they_were_not_on_top(tmp_path: Path, tier: int, warns: bool):
    run = small(tmp_path)
    run.log.append({"kind": "sandbox", "tier": tier, "active": ["limits", "own user"]})
    text = parsed(run).text
    assert f"sandbox tier {tier}: limits, own user" in text
    assert ("Programs of models ran unsafely" in text) is warns


def test_the_drawing_has_the_operators_in_their_slots(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    assert "Tasks what to practise on Puzzler n 3" in text
    assert "Solutions attempts at them Puzzler n 32" in text
    assert "Feedback what the world says nothing" in text


def test_the_gate_speaks_in_words(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    assert "Round 1 promoted : the candidate became the champion." in text
    assert "Round 2 rolled back : the candidate was refused." in text
    assert "toys , pass@1 on 4 items, against the best learner so far: −25.0 points (worse)" in text


def test_the_funnel_gives_counts_and_reasons(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    assert "Sample 3 → 6" in text
    assert "Filter 6 → 1 dropped: 5 not passed" in text


def test_cost_and_time(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    assert "0 – – – – – – – – 9.0 s 9.0 s" in text  # the base's evaluation
    assert "1 6 60 42 4,321 1.0 s 40 s – 30 s – 1 min 11 s" in text
    assert "end – – – – – – – – 12 s 12 s" in text
    assert "all 12 120 84 4,321 1.0 s 40 s – 30 s 21 s 1 min 32 s" in text


def test_learners_with_parent_and_verdict(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    assert f"{FIRST.hash} champion {BASE.hash} 1 promoted pupil/game24" in text
    assert f"{SECOND.hash} {BASE.hash} 2 rolled back pupil/game24" in text


def test_protected_abilities_and_the_last_look_at_them(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    assert "2 small toys greedy 50.0 %" in text
    assert "end small toys greedy 100.0 %" in text


def test_objectives_and_why(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    assert "1 problem solving the whole – pass@1 the recipe's own" in text
    assert "2 problem solving the whole – pass@1 fixed" in text


def test_samples_with_their_fate(tmp_path: Path):
    text = parsed(small(tmp_path)).text
    assert "kept toy/b#0 4*6=24" in text
    assert "dropped toy/a#1 Filter: not passed" in text
    assert "step 2: 6*5=24 is false, it is 30" in text


def test_samples_are_few_and_of_every_fate(tmp_path: Path):
    run = small(tmp_path)
    many = [attempt(f"toy/{i}", "4*6=24", right=i % 50 == 0, said="no") for i in range(5000)]
    run.batches[0, 1, "feedback"] = many
    run.batches[0, 1, "refinement"] = [e for e in many if e.feedback and e.feedback.passed]
    run.lost[0, 1, "refinement"] = [
        replace(run.lost[0, 1, "refinement"][0], experience=e.id, reason="rare" if i == 7 else "common")
        for i, e in enumerate(many)
        if e.feedback and not e.feedback.passed
    ]
    found = parsed(run)
    shown = [a for tag, a in found.elements if tag == "details" and a.get("class") == "sample"]
    assert 50 < len(shown) <= SHOWN
    assert "Filter: rare" in found.text
    assert "kept toy/4950#0" in found.text


def test_three_hundred_rounds_stay_a_page(tmp_path: Path):
    run = small(tmp_path)
    run.views = [run.views[0], *(replace(run.views[1], round=number) for number in range(1, 301))]
    run.batches = {(0, n, phase): batch for (_, _, phase), batch in run.batches.items() for n in range(1, 301)}
    found = parsed(run)
    shown = [a for tag, a in found.elements if tag == "details" and a.get("class") == "sample"]
    assert 50 < len(shown) <= SHOWN
    assert sum(tag == "text" for tag, _ in found.elements) < 60  # the axes name a few of them


def test_the_control_arm_is_drawn_and_compared(tmp_path: Path):
    control = small(tmp_path, ablate=("own_samples",), seed=3)
    control.last = [card(BASE.hash, 0, 0, 1, 0, split="sealed"), card(SECOND.hash, 0, 0, 1, 0, split="sealed")]
    found = Parsed(page(small(tmp_path).reader, control.reader))
    assert "control arm, --ablate own_samples , seed 3" in found.text
    assert "control arm champion over it greedy 25.0 %" in found.text
    assert any("stroke-control" in value for value in found.values("class"))
    assert not any("stroke-control" in value for value in parsed(small(tmp_path)).values("class"))


def test_no_round_yet(tmp_path: Path):
    run = LiteralRun(path=tmp_path, info=small(tmp_path, status="running", champion="", base="", finished="").info)
    text = parsed(run).text
    assert "This run is not finished" in text
    assert "No round is evaluated yet" in text
    assert "No learner is recorded yet" in text


def test_the_base_alone_and_a_round_half_way(tmp_path: Path):
    run = small(tmp_path, status="paused", champion=BASE.hash)
    run.last = None
    run.views = [run.views[0]]
    assert "greedy 25.0 %" in parsed(run).text
    funnel, drops = small(tmp_path).views[1].funnel, small(tmp_path).views[1].drops
    run.views.append(seen(1, funnel=funnel, drops=drops))
    text = parsed(run).text
    assert "Sample 3 → 6" in text
    assert "The sealed split is not scored yet" in text


def test_a_damaged_part_costs_only_itself(tmp_path: Path):
    class Damaged(LiteralRun):
        def batch(self, stage: int, round: int, phase: str, /):
            if (round, phase) == (2, "refinement"):
                raise DamagedRun("rounds/002/refined.parquet is not what was written")
            return super().batch(stage, round, phase)

    run = Damaged(**vars(small(tmp_path)))
    text = parsed(run).text
    assert "Damaged: rounds/002/refined.parquet is not what was written" in text
    assert "kept toy/b#0" in text


def test_several_stages_are_named(tmp_path: Path):
    run = small(tmp_path)
    run.views = [*run.views, *(replace(view, stage=1) for view in run.views)]
    text = parsed(run).text
    assert "2.1 50.0 %" in text
    assert "Round 1.2 rolled back" in text


def test_without_matplotlib_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"pip install 'lamarck-lm\[report\]'"):
        report.write(small(tmp_path).reader)
    assert not list(tmp_path.iterdir())
