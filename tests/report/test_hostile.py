"""Whatever a model, a user or a task writes, the page stays text."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.report.literal import FIRST, LiteralRun, small
from tests.report.parsed import Parsed

from lamarck import report
from lamarck.core import Drop, Experience, Feedback, Message, Prompt, Solution, ToolCall
from lamarck.report.page import page

TEXTS = {
    "script": "<script>alert(1)</script>",
    "handler": "<img src=x onerror=alert(1)>",
    "svg": "<svg onload=alert(1)><style>*{display:none}</style></svg>",
    "ends": "</pre></code></dd></details></style></title></textarea></script><h1>owned",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "comment": "<!-- --><![CDATA[ ]]><?php ?>",
    "link": "javascript:alert(1) [x](javascript:alert(1)) ![x](https://example.com/x.png)",
    "entity": "&lt;script&gt; &#60;b&#62; &amp;",
    "bidi": "a\u202egnp.exe\u2066b\u200bc\U000e0041\u2028d",
    "ansi": "\x1b[31mred\x1b]0;title\x07 \x9b2J\x00\r",
    "lone": "half \ud800 a pair",
    "markup": "[bold]rich[/bold] [link=https://example.com]x[/link]",
}


def poisoned(path: Path, text: str) -> LiteralRun:
    """The small run with this text in every place that somebody else may write."""
    run = small(path, recipe=text, learner=text, environment=text, options={text: text}, versions={text: text})
    run.info = replace(run.info, sets={text: text}, reason=text, started=text, ablate=(text,))
    goal = {"is": "Objective", "ability": text, "node": text, "parameters": {text: text}, "metric": text}
    odd: Any = {"is": text, text: text, "of": [text, {"is": text}]}
    run.info = replace(run.info, resolved={"is": "Cycle", "name": text, "objective": goal, "tasks": odd, "rounds": 2})

    def bad(e: Experience) -> Experience:
        turn = Message(role="assistant", text=text, calls=(ToolCall(name=text, arguments=text),))
        task = replace(e.task, messages=(Message(role="user", text=text),))
        passed = e.feedback is not None and e.feedback.passed
        return replace(
            e,
            task=task,
            solution=Solution(messages=(Message(role="tool", text=text), turn), author=text),
            rejected=Solution(messages=(turn,)),
            feedback=Feedback(passed=passed, text=text, source=text),
            asked=Prompt(name=text, fields={text: text}, messages=(turn,)),
            keep=Prompt(name=text, fields={text: text}),
            origin=replace(e.origin, operator=text, learner=text),
        )

    run.batches = {at: [bad(e) for e in batch] for at, batch in run.batches.items()}
    run.lost = {
        at: [Drop(experience=d.experience, operator=text, reason=text) for d in drops] for at, drops in run.lost.items()
    }
    for i, view in enumerate(run.views):
        cards = [
            replace(card, scores=tuple(replace(score, ability=text) for score in card.scores))
            for card in view.scorecards
        ]
        verdict = view.verdict and replace(
            view.verdict, reason=text, comparisons=tuple(replace(c, ability=text) for c in view.verdict.comparisons)
        )
        funnel = {text: tuple(replace(p, operator=text) for p in view.funnel.get("refinement", ()))}
        goal_now = view.objective and replace(view.objective, ability=text, node=text, parameters={text: text})
        run.views[i] = replace(view, scorecards=cards, verdict=verdict, funnel=funnel, objective=goal_now, reason=text)
    run.made[FIRST.hash] = replace(FIRST, model=replace(FIRST.model, name=text))
    return run


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    return Parsed(page(poisoned(tmp_path_factory.mktemp("plain"), "harmless").reader))


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_makes_an_element_or_an_attribute(tmp_path: Path, name: str, plain: Parsed):
    found = Parsed(page(poisoned(tmp_path, TEXTS[name]).reader))
    assert found.shape == plain.shape
    assert not found.comments
    for key in ("id", "class", "href", "for"):
        assert found.values(key) == plain.values(key)


def test_the_text_itself_is_still_there_to_read(tmp_path: Path):
    assert "<img src=x onerror=alert(1)>" in Parsed(page(poisoned(tmp_path, TEXTS["handler"]).reader)).text


@pytest.mark.parametrize("name", ["bidi", "ansi", "lone"])
def test_what_steers_the_eye_is_written_out(tmp_path: Path, name: str):
    written = page(poisoned(tmp_path, TEXTS[name]).reader)
    assert not set(written) & set("\u202e\u2066\u200b\U000e0041\u2028\x1b\x9b\x07\x00\r\ud800")
    written.encode("utf-8")
    shown = {"bidi": ("\\u202e", "\\U000e0041"), "ansi": ("\\x1b[31mred", "\\x00"), "lone": ("\\ud800",)}
    assert all(one in written for one in shown[name])


def test_ten_million_characters_are_cut_and_their_number_said(tmp_path: Path):
    run = small(tmp_path)
    long = "<b>" * 3_400_000
    e = run.batches[0, 1, "feedback"][0]
    solution = Solution(messages=(Message(role="assistant", text=long),))
    run.batches[0, 1, "feedback"][0] = replace(e, solution=solution, feedback=Feedback(passed=False, text=long))
    written = page(run.reader)
    assert len(written) < 300_000
    assert "2,000 of 10,200,000 characters shown" in written
    console = Console(width=80, record=True)
    console.print(report.story(run.reader))
    assert len(console.export_text()) < 20_000


@pytest.mark.parametrize("name", TEXTS)
def test_the_terminal_is_not_steered_either(tmp_path: Path, name: str):
    reader = poisoned(tmp_path, TEXTS[name]).reader
    console = Console(width=200, color_system=None, force_terminal=False, record=True)
    for shown in (report.table(reader), report.lineage(reader), report.story(reader), report.plot(reader)):
        console.print(shown)
    said = console.export_text()
    assert not set(said) & set("\u202e\u2066\u200b\U000e0041\u2028\x1b\x9b\x07\x00\r\ud800")
    if name == "markup":
        assert "[bold]rich[/bold]" in said
