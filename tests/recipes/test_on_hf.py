"""Whole recipes on a Hugging Face folder: taught for seconds in an environment's own formats, or random."""

import shutil
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import peft
import pytest
import torch
from tests.trainers.tiny import folder, plain, reference, row, tokenizer, trainer
from transformers import LlamaConfig, LlamaForCausalLM

import lamarck
from lamarck.core import Job, Message, Prompt, Request, Sampling
from lamarck.environments.listmachine.corpus import Mixture, example
from lamarck.models import Host, Shelf
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
FEW = {
    "updating.steps": 4,
    "evaluation.limit": 12,
    "evaluation.samples": 1,
    "evaluation.protected": 4,
    "evaluation.protected_at_end": 4,
}
"""The sealed test too is of so few."""
ASKED = ("E[2,5,1]+3=", "E[4]*2=", "I+=", "3 1 2")


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


def here(place: Path, home: Path) -> list[str]:
    """What a folder says through `hf/`, greedily; asked without its own format."""
    bare = shutil.copytree(place, home / "bare", ignore=shutil.ignore_patterns("prompts.json"))
    shelf = Shelf(Host())
    sampling = Sampling(temperature=0.0, max_tokens=12)
    prompts = [Prompt(name="task/any", messages=(Message(role="user", text=text),)) for text in ASKED]
    model = shelf.open(shelf.learner(f"hf/{bare}"))
    found = model.generate([Request(prompt=prompt, seeds=(0,), sampling=sampling) for prompt in prompts])
    return [samples[0].text for samples in found]


def there(model: Any) -> list[str]:
    """What it says in plain transformers."""
    words, found = tokenizer(), list[str]()
    for text in ASKED:
        ids = torch.tensor([words(text)["input_ids"]])
        out = model.generate(input_ids=ids, max_new_tokens=12, do_sample=False)
        found.append(str(words.decode(out[0, ids.shape[1] :], skip_special_tokens=True)))
    return found


@pytest.mark.parametrize("recipe", ["rest_em", "star", "self_rewarding"])
def test_a_taught_folder_evolves_to_the_end_and_loads_in_plain_transformers(recipe: str, base: Path, tmp_path: Path):
    run = lamarck.run(recipe, learner=f"hf/{base}", out=tmp_path / "run", sets=FEW, **SMALL)
    assert run.info.status == "done"
    assert run.reader.sealed()
    made = learner_of(run)
    before, after = plain(base).state_dict(), plain(made).state_dict()
    assert before.keys() == after.keys()
    assert not all(torch.equal(before[name], after[name]) for name in before)
    assert (made / "prompts.json").read_bytes() == PROMPTS.read_bytes()
    told = next(event for event in run.reader.events() if event.get("kind") == "trained")
    assert told["loss"] == "sft"
    assert told["sources"]["steps"] == "recipe"
    assert told["sources"]["lr"].startswith("card of tiny models")
    whole = run.champion.save(tmp_path / "whole")
    assert there(plain(whole)) == there(plain(made)) == here(made, tmp_path)


def test_an_adapter_evolves_and_says_the_same_in_plain_peft(base: Path, tmp_path: Path):
    sets = {**FEW, "updating.rank": 4}
    run = lamarck.run("rest_em", learner=f"hf/{base}", out=tmp_path / "run", sets=sets, **SMALL)
    assert run.reader.sealed()
    adapted: Any = peft.AutoPeftModelForCausalLM
    worn = adapted.from_pretrained(str(learner_of(run)), dtype=torch.float32).eval()
    assert worn.peft_config["default"].r == 4
    whole = run.champion.save(tmp_path / "whole")
    assert there(plain(whole)) == there(worn) == here(whole, tmp_path)


def test_memory_of_thought_runs_to_the_end(base: Path, tmp_path: Path):
    sets = {name: value for name, value in FEW.items() if name.startswith("evaluation")}
    run = lamarck.run("mot", learner=f"hf/{base}", out=tmp_path / "run", sets=sets, **SMALL)
    assert run.info.status == "done"
    assert run.reader.sealed()


def test_a_random_folder_runs_or_ends_with_the_filter_s_name(tmp_path: Path):
    place = folder(tmp_path / "random", width=128, layers=4)
    shutil.copy(PROMPTS, place / "prompts.json")
    told = [f"--set={name}={value}" for name, value in FEW.items()]
    told += ["--objective", "kind=exec", "--objective", "depth=1"]
    words = ["run", "rest_em", "--learner", f"hf/{place}", "--environment", "listmachine", "--out", "run"]
    done = subprocess.run(
        [sys.executable, "-m", "lamarck", *words, "--rounds", "1", "--gate", "off", "--tasks-limit", "24", *told],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert done.returncode == 0 or "Filter" in done.stdout + done.stderr
