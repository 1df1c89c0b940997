"""A learner before lm-evaluation-harness; without the extra only that it is asked for."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from lamarck.core import CapabilityError, Context, MissingExtra, Prompt, UsageError
from lamarck.operators.evaluation import LmEval
from lamarck.operators.evaluation.lm_eval import named
from lamarck.testing import ScriptedModel, ScriptedModels, context

IS_HERE = importlib.util.find_spec("lm_eval") is not None
needs = pytest.mark.skipif(not IS_HERE, reason="the extra 'eval' (lm-eval) is not installed")
# the libraries it stands on warn of their own future
loud = pytest.mark.filterwarnings("default")


def right(prompt: Prompt, _seed: int) -> str:
    left, other = re.findall(r"\d+", prompt.messages[-1].text)[-2:]
    return str(int(left) + int(other))


def likelihood(_model: str, prompt: Prompt, text: str) -> float:
    return -0.1 if text.strip() == right(prompt, 0) else -1.0


def asked() -> Context:
    """Wrong on what begins with 3, right on all else."""
    models = ScriptedModels(
        answer=right,
        wrong=lambda _prompt, _seed: "no",
        rates=lambda prompt, _rate: float(prompt.messages[-1].text.startswith("3")),
        likelihood=likelihood,
    )
    return context(learner="scripted/0.0", models=models)


def task(folder: Path, kind: str, *lines: str) -> str:
    """A YAML file of six sums."""
    rows = [{"left": i, "right": 2 * i, "answer": str(3 * i), "choices": ["99", str(3 * i)]} for i in range(6)]
    (folder / "sums.jsonl").write_text("\n".join(map(json.dumps, rows)))
    head = [
        "task: lamarck_sums", "dataset_path: json", "dataset_kwargs:", f"  data_files: {folder / 'sums.jsonl'}",
        "test_split: train", f"output_type: {kind}", 'doc_to_text: "{{left}} + {{right}} ="', *lines,
    ]  # fmt: skip
    (folder / "sums.yaml").write_text("\n".join(head))
    return str(folder / "sums.yaml")


def offline(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(folder / "cache"))


@needs
@loud
@pytest.mark.slow
def test_what_the_learner_writes_is_scored_item_by_item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    offline(monkeypatch, tmp_path)
    ctx = asked()
    name = task(
        tmp_path, "generate_until", 'doc_to_target: "{{answer}}"',
        'generation_kwargs: {until: ["\\n"], max_gen_toks: 8}',
        "metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]",
    )  # fmt: skip
    card = LmEval(task=name)(ctx.learner, ctx)
    assert card.metric == "exact_match"
    assert card.target.metrics == {"exact_match": (1, 1, 1, 0, 1, 1)}
    assert card.target.items[0] == "lamarck_sums/0"
    assert len(LmEval(task=name, limit=2)(ctx.learner, ctx).target.items) == 2


@needs
@loud
@pytest.mark.slow
def test_choices_are_told_apart_by_their_likelihood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    offline(monkeypatch, tmp_path)
    ctx = asked()
    lines = ("doc_to_choice: choices", "doc_to_target: 1")
    name = task(
        tmp_path, "multiple_choice", *lines, "metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]"
    )
    assert LmEval(task=name)(ctx.learner, ctx).target.metrics == {"acc": (1,) * 6}

    def lacking(_self: ScriptedModels, learner: object) -> ScriptedModel:
        return ScriptedModel(
            name="scripted/0.0", rate=0, answer=right, wrong=right, capabilities=frozenset(["generate"])
        )

    monkeypatch.setattr(ScriptedModels, "open", lacking)
    with pytest.raises(CapabilityError, match=r"how likely a text is, which scripted/0.0 cannot say; take hf/<model>"):
        LmEval(task=name)(ctx.learner, ctx)


@needs
@loud
@pytest.mark.slow
def test_an_unknown_task_names_the_nearest():
    ctx = asked()
    with pytest.raises(UsageError, match=r"unknown lm_eval task 'gsm8kk': did you mean .*gsm8k"):
        LmEval(task="gsm8kk")(ctx.learner, ctx)


@pytest.mark.skipif(IS_HERE, reason="the extra 'eval' is installed")
def test_without_the_extra_it_says_what_to_type():
    ctx = asked()
    with pytest.raises(
        MissingExtra, match=r"lm_eval:... needs the extra 'eval'; type: pip install 'lamarck-lm\[eval\]'"
    ):
        LmEval(task="gsm8k")(ctx.learner, ctx)


def test_a_file_names_its_task(tmp_path: Path):
    assert named(task(tmp_path, "generate_until")) == ("lamarck_sums", str(tmp_path))
    assert named("gsm8k") == ("gsm8k", "")
    with pytest.raises(UsageError, match="no such file"):
        named("nothing.yaml")
    (tmp_path / "bare.yaml").write_text("dataset_path: json\n")
    with pytest.raises(UsageError, match="names no task; write a line: task: my_task"):
        named(str(tmp_path / "bare.yaml"))
