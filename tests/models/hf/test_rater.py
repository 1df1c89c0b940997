"""A folder with a reward model rates texts as transformers does, whatever stands beside them, and writes none."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from tests.models.hf.folders import asking, llama, request, saved, shelf, tokenizer
from transformers import AutoModelForSequenceClassification

from lamarck.core import CapabilityError, Continuation
from lamarck.models.hf.files import BrokenModel
from lamarck.models.hf.rater import Rater

TEXTS = ("24", "the quick brown fox", "a", "", "to be or not to be")


def scorer(folder: Path, seed: int = 0, **other: Any) -> Path:
    """A random reward model in a new folder."""
    torch.manual_seed(seed)
    model: Any = cast("Any", AutoModelForSequenceClassification).from_config(llama(num_labels=1, **other))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, 0.15)
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def opened(folder: Path) -> Rater:
    on = shelf()
    return cast("Rater", on.open(on.learner(f"hf/{folder}")))


def plain(module: Any, prompt: str, text: str) -> float:
    """What transformers says of one text alone: prompt, text, end mark."""
    ids = [*tokenizer()(prompt)["input_ids"], *tokenizer()(text)["input_ids"], 1]
    with torch.no_grad():
        return float(module(torch.tensor([ids])).logits[0, 0])


def asked(*texts: str, prompt: str = "3 5 7 8 make ") -> list[Continuation]:
    return [Continuation(prompt=asking(prompt), text=text) for text in texts]


def test_it_says_what_transformers_says(tmp_path: Path):
    folder = scorer(tmp_path / "scorer")
    module: Any = cast("Any", AutoModelForSequenceClassification).from_pretrained(folder, dtype=torch.float32).eval()
    found = opened(folder).ratings(asked(*TEXTS))
    assert found == pytest.approx([plain(module, "3 5 7 8 make ", text) for text in TEXTS], abs=1e-5)
    assert len(set(found)) == len(TEXTS)


def test_a_text_is_rated_alike_alone_and_among_others(tmp_path: Path):
    rater = opened(scorer(tmp_path / "scorer"))
    together = rater.ratings(asked(*TEXTS, *TEXTS))
    assert together[:5] == together[5:]
    assert together[:5] == pytest.approx([rater.ratings([one])[0] for one in asked(*TEXTS)], abs=1e-5)
    assert rater.ratings([]) == []


def test_without_a_padding_mark_texts_are_read_one_by_one(tmp_path: Path):
    rater = opened(scorer(tmp_path / "scorer", pad_token_id=None))
    module: Any = cast("Any", AutoModelForSequenceClassification).from_pretrained(tmp_path / "scorer").eval()
    found = rater.ratings(asked(*TEXTS))
    assert found == pytest.approx([plain(module, "3 5 7 8 make ", text) for text in TEXTS], abs=1e-5)


def test_a_text_longer_than_its_positions_has_no_number(tmp_path: Path):
    rater = opened(scorer(tmp_path / "scorer"))
    assert rater.ratings(asked("a b " * 200, "a"))[0] == float("-inf")


def test_its_memory_can_be_given_back(tmp_path: Path):
    on = shelf()
    learner = on.learner(f"hf/{scorer(tmp_path / 'scorer')}")
    rater = cast("Rater", on.open(learner))
    before = rater.ratings(asked("24"))
    on.release()
    assert rater.ratings(asked("24")) == before
    assert on.open(learner) is rater


def test_it_writes_nothing(tmp_path: Path):
    rater = opened(scorer(tmp_path / "scorer"))
    assert rater.capabilities == {"rate", "train"}
    with pytest.raises(CapabilityError, match="is a reward model and writes no text"):
        rater.generate([request("a")])
    with pytest.raises(CapabilityError, match="knows no likelihood"):
        rater.score(asked("a"))
    assert rater.render(asking("a"))[0].text == "a"


def test_an_adapter_brings_its_own_head(tmp_path: Path):
    """As training with a rank leaves it: the base is a model that writes."""
    from peft import LoraConfig, get_peft_model

    base = saved(tmp_path / "base", llama())
    module: Any = cast("Any", AutoModelForSequenceClassification).from_pretrained(base, num_labels=1)
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], task_type="SEQ_CLS")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        made: Any = get_peft_model(module, config)
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if "lora_" in name or "score" in name:
                weight.normal_(0.0, 0.3)
    made.save_pretrained(tmp_path / "adapter")
    found = opened(tmp_path / "adapter").ratings(asked(*TEXTS))
    assert found == pytest.approx([plain(made.eval(), "3 5 7 8 make ", text) for text in TEXTS], abs=1e-4)


def test_a_head_that_is_missing_is_said(tmp_path: Path):
    folder = saved(tmp_path / "writer", llama())
    config = (folder / "config.json").read_text(encoding="utf-8")
    (folder / "config.json").write_text(config.replace("LlamaForCausalLM", "LlamaForSequenceClassification"))
    with pytest.raises(BrokenModel, match="lacks the weights"):
        opened(folder).ratings(asked("a"))
