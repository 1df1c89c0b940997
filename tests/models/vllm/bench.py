"""Model folders without a model in them, an environment whose vLLM is the stand-in, and providers over both."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import safetensors.numpy as st
from tests.models.vllm import standin
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lamarck.core import Continuation, Message, ModelRef, Prompt, Request, Sampling
from lamarck.models import Host
from lamarck.models.vllm.model import Vllm
from lamarck.models.vllm.provider import VllmProvider

CHAT = "{% for m in messages %}{{ m.role }}:{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}>{% endif %}"


@cache
def tokenizer(template: str = "") -> Any:
    """A token a byte, after <pad> and <eos>."""
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    letters = [_letter(byte) for byte in range(256)]
    assert sorted(letters) == sorted(alphabet)
    vocab = {"<pad>": 0, "<eos>": standin.END, **{letter: 2 + at for at, letter in enumerate(letters)}}
    made = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    found = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>")
    if template:
        found.chat_template = template
    return found


def _letter(byte: int) -> str:
    """How byte-level tokenizers write a byte (Radford et al. 2019, the code of GPT-2)."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    return chr(byte) if byte in shown else chr(256 + [b for b in range(256) if b not in shown].index(byte))


def folder(place: Path, seed: int = 0, template: str = "") -> Path:
    """A folder that is a model's in all but what its weights compute."""
    tokenizer(template).save_pretrained(place)
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "eos_token_id": standin.END}
    (place / "config.json").write_text(json.dumps(config))
    st.save_file({"weight": np.full((2, 2), seed, dtype=np.float32)}, place / "model.safetensors")
    return place


def adapter(place: Path, base: Path, seed: int = 0, **config: Any) -> Path:
    """An adapter of a base, as PEFT writes it."""
    place.mkdir(parents=True)
    said = {"peft_type": "LORA", "r": 8, "base_model_name_or_path": str(base), **config}
    (place / "adapter_config.json").write_text(json.dumps(said))
    st.save_file({"lora_A": np.full((2, 2), seed, dtype=np.float32)}, place / "adapter_model.safetensors")
    return place


class Bench:
    """Providers whose vLLM is the stand-in, and what that has seen."""

    def __init__(self, stack: ExitStack, home: Path, patch: pytest.MonkeyPatch) -> None:
        self._stack, self.home, self._patch = stack, home, patch
        self.seen_at, self.told = home / "seen.jsonl", list[str]()
        (home / "env" / "bin").mkdir(parents=True)
        program = home / "env" / "bin" / "python"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{standin.__file__}" "$@"\n')
        program.chmod(0o755)
        patch.setenv("STANDIN_SEEN", str(self.seen_at))

    def does(self, **faults: Any) -> None:
        """What servers that start from now on do wrong."""
        self._patch.setenv("STANDIN", json.dumps(faults))

    def provider(self, run: Path | None = None, **options: Any) -> VllmProvider:
        said = {"python": str(self.home / "env"), "base_s": 0.02, "tries": 3, **options}
        made = VllmProvider(Host(folder=run, options={"vllm": said}), tell=self.told.append)
        return self._stack.enter_context(closing(made))

    def model(self, place: Path, on: VllmProvider | None = None, **options: Any) -> Vllm:
        on = on or self.provider(**options)
        return cast("Vllm", on.open(on.find(str(place))))

    def seen(self, path: str = "") -> list[dict[str, Any]]:
        """What was asked, of this path; "" = what each server was started with."""
        return [line for line in self._lines() if line.get("path", "").partition("?")[0] == path]

    def _lines(self) -> Iterator[dict[str, Any]]:
        if self.seen_at.exists():
            yield from map(json.loads, self.seen_at.read_text().splitlines())


def trained(on: VllmProvider, base: ModelRef, place: Path) -> ModelRef:
    """What a trainer makes of a base: the same name, another folder."""
    from lamarck.models.hf import files

    return ModelRef(name=base.name, digest=files.digest(place), folder=str(place))


def asking(text: str) -> Prompt:
    return Prompt(name="task/any", messages=(Message(role="user", text=text),))


def request(text: str, *seeds: int, adapter: str = "", **sampling: Any) -> Request:
    given: dict[str, Any] = {"max_tokens": 8, **sampling}
    how = Sampling(**given)
    return Request(prompt=asking(text), seeds=seeds or (0,), sampling=how, adapter=adapter, author="me")


def after(prompt: str, text: str, **other: Any) -> Continuation:
    return Continuation(prompt=asking(prompt), text=text, **other)


def said(model: Vllm, text: str = "hello", **how: Any) -> str:
    given: dict[str, Any] = {"temperature": 0.0, **how}
    return model.generate([request(text, **given)])[0][0].text


def copied(place: Path, source: Path) -> Path:
    return Path(shutil.copytree(source, place))
