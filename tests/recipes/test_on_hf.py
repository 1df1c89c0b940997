"""Whole recipes on a Hugging Face folder: taught for seconds in an environment's own formats, or random."""

import shutil
from pathlib import Path
from random import Random
from typing import Any

import peft
import pytest
import torch
from tests.trainers.tiny import folder, plain, reference, row, tokenizer, trainer
from transformers import LlamaConfig, LlamaForCausalLM

import lamarck
from lamarck.core import Job
from lamarck.environments.listmachine.corpus import Mixture, example
from lamarck.models.pupil import files as pupil

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning", "ignore::DeprecationWarning"),
]
PROMPTS = pupil.BUILT_IN / "listmachine" / "prompts.json"
TAUGHT = Mixture(
    roles={"exec": 6, "hint": 2, "judge": 2, "invent": 1},
    exec_depths=(1,),
    synth_depths=(1,),
    other_depths=(1,),
    lengths=(0, 1, 0),
)
SMALL: dict[str, Any] = {
    "environment": "listmachine",
    "objective": {"kind": "exec", "depth": 1},
    "rounds": 1,
    "gate": "off",
    "workers": 1,
    "tasks_limit": 24,
    "samples": 2,
}
ONCE: dict[str, Any] = {**SMALL, "until": "evaluation"}
"""Without the sealed test, which takes minutes at this speed."""
FEW = {"updating.steps": 4, "evaluation.limit": 12, "evaluation.samples": 1}


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """0.3M weights that run one-step programs, judge, and invent tasks, in the list machine's own lines."""
    raw = tmp_path_factory.mktemp("hf")
    words: Any = tokenizer()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=96,
        intermediate_size=192,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=160,
        bos_token_id=None,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    model: Any = LlamaForCausalLM(config)
    model.generation_config.max_new_tokens = 60
    model.save_pretrained(raw / "raw")
    words.save_pretrained(raw / "raw")
    shutil.copy(PROMPTS, raw / "raw" / "prompts.json")
    rng = Random(0)
    rows = [row(text.prompt, text.completion) for text in (example(rng, TAUGHT) for _ in range(400 * 48))]
    told = {"lr": 4e-3, "batch": 48, "micro": 48, "schedule": "cosine", "warmup": 20, "length": 160}
    made = trainer().fit(reference(raw / "raw"), Job(loss="sft", rows=rows, settings=told, seed=0), str(raw / "out"))
    return Path(made.model.folder)


def learner_of(run: lamarck.Run) -> Path:
    """Where the weights that were trained last lie."""
    made = [event["learner"] for event in run.reader.events() if event.get("kind") == "trained"]
    return Path(run.reader.learner(made[-1]).model.folder)


@pytest.mark.parametrize("recipe", ["rest_em", "star"])
def test_a_taught_folder_evolves_and_its_result_loads_in_plain_transformers(recipe: str, base: Path, tmp_path: Path):
    run = lamarck.run(recipe, learner=f"hf/{base}", out=tmp_path / "run", sets=FEW, **ONCE)
    made = learner_of(run)
    before, after = plain(base).state_dict(), plain(made).state_dict()
    assert before.keys() == after.keys()
    assert not all(torch.equal(before[name], after[name]) for name in before)
    assert (made / "prompts.json").read_bytes() == PROMPTS.read_bytes()
    told = next(event for event in run.reader.events() if event.get("kind") == "trained")
    assert told["sources"]["steps"] == "recipe"
    assert told["sources"]["lr"].startswith("card of tiny models")


def test_an_adapter_evolves_and_loads_in_plain_peft(base: Path, tmp_path: Path):
    sets = {**FEW, "updating.rank": 4}
    run = lamarck.run("rest_em", learner=f"hf/{base}", out=tmp_path / "run", sets=sets, **ONCE)
    adapted: Any = peft.AutoPeftModelForCausalLM
    assert adapted.from_pretrained(str(learner_of(run))).peft_config["default"].r == 4


def test_a_learner_that_judges_itself_is_trained_on_pairs(base: Path, tmp_path: Path):
    run = lamarck.run("self_rewarding", learner=f"hf/{base}", out=tmp_path / "run", **SMALL)
    losses = [event["loss"] for event in run.reader.events() if event.get("kind") == "trained"]
    assert losses[0] == "sft"
    plain(learner_of(run))


def test_a_random_folder_runs_or_says_which_filter_kept_nothing(tmp_path: Path):
    place = folder(tmp_path / "random")
    shutil.copy(PROMPTS, place / "prompts.json")
    run = lamarck.run("rest_em", learner=f"hf/{place}", out=tmp_path / "run", sets=FEW, **ONCE)
    events = run.reader.events()
    trained = [event for event in events if event.get("kind") == "trained"]
    emptied = [event for event in events if event.get("kind") == "empty"]
    assert run.info.status in ("done", "paused")
    assert trained or "Filter" in str(emptied[0]["reasons"])
