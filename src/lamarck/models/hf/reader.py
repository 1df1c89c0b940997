"""What a model reads and writes as tokens: its tokenizer, its chat template or plain text, its marks of the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.models.auto import modeling_auto

from lamarck.core import CapabilityError, Image, Message, Prompt
from lamarck.models import text as prompt_texts
from lamarck.models.hf import text
from lamarck.models.hf.files import BrokenModel, optional
from lamarck.models.hf.template import Template
from lamarck.models.hf.vetting import vet
from lamarck.models.pupil import files as pupil
from lamarck.models.pupil import tokenizer as pupil_tokenizer

_PLAIN = ("TokenizersBackend", "PreTrainedTokenizerFast")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A prompt as tokens."""

    ids: tuple[int, ...]
    images: tuple[Image, ...] = ()
    words: str = ""
    """The same as text, where pictures stand in it."""


class Shown:
    """A tokenizer whose chat template runs in a bounded process; for the functions of `text`."""

    def __init__(self, given: Any, template: Template | None) -> None:
        self._tokenizer, self._template = given, template
        self._fast: Any = getattr(given, "backend_tokenizer", None) if given.is_fast else None
        if self._fast is not None:
            self._fast.no_truncation()
            self._fast.no_padding()
        self.chat_template = template is not None
        self.eos_token, self.eos_token_id = given.eos_token, given.eos_token_id

    def __call__(self, words: str, **how: Any) -> Any:
        """As the tokenizer; straight from its core where that is all it does."""
        if self._fast is None or how.keys() - {"add_special_tokens"}:
            return self._tokenizer(words, **how)
        return {"input_ids": self._fast.encode(words, **how).ids}

    def apply_chat_template(self, turns: Sequence[Any], *, tokenize: bool, add_generation_prompt: bool) -> str:
        """The turns as text. Raises: TemplateError."""
        if self._template is None or tokenize:
            raise ValueError("only texts are made here, and only by a template")
        return self._template(turns, asks=add_generation_prompt)

    def close(self) -> None:
        """End the process behind the template."""
        if self._template:
            self._template.close()


class Reader:
    """One folder's tokenizer. Safe to call from many threads. Raises: BrokenModel for one that cannot be used."""

    def __init__(self, folder: Path, name: str) -> None:
        vet(folder)
        self.name, self.folder = name, folder
        self.tokenizer: Any = tokenizer(folder)
        source, where = _template(folder, self.tokenizer)
        marks = {key: str(value) for key, value in self.tokenizer.special_tokens_map.items()}
        self.shown = Shown(self.tokenizer, Template(source, marks, str(where)) if source else None)
        self.prompts = {str(key): str(value) for key, value in optional(folder, "prompts.json").items()}
        self.own = _is_pupils(folder)
        generation = optional(folder, "generation_config.json")
        config = optional(folder, "config.json")
        self.pictures = config.get("model_type") in modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
        named = generation.get("eos_token_id", config.get("eos_token_id"))
        listed = cast("list[Any]", named if isinstance(named, list) else [named])
        mine = self.tokenizer.eos_token_id
        self.ends = frozenset(int(one) for one in (*listed, mine) if one is not None)
        self.end: int | None = mine if mine is not None else next((int(one) for one in listed if one is not None), None)
        self.defaults = generation

    def render(self, prompt: Prompt) -> tuple[Message, ...]:
        """The prompt in the folder's own format where it brings one, else as text. Raises: CapabilityError."""
        if self.prompts:
            words = pupil.render(self.name, self.prompts, prompt.name, prompt.fields)
            return (Message(role="user", text=words),)
        return prompt_texts.render(prompt, self.name)

    def asked(self, prompt: Prompt, system: str) -> Asked:
        """The tokens that the model goes on from. Raises: CapabilityError, UsageError."""
        if system and self.prompts:
            raise CapabilityError(f"{self.name} reads no system prompt; leave the learner's prompt empty")
        messages = self.render(prompt)
        if system:
            messages = (Message(role="system", text=system), *messages)
        images = tuple(image for message in messages for image in message.images)
        if images and not self.pictures:
            raise CapabilityError(f"{self.name} reads no pictures; take an image-text model")
        if images:
            return Asked(ids=(), images=images, words=self._pictured(messages))
        ids = text.beginning_ids(self.shown, text.showable(self.shown, messages))
        start = self.tokenizer.bos_token_id if self.tokenizer.bos_token_id is not None else self.end
        if not ids and start is not None:
            ids = [start]
        return Asked(ids=tuple(ids))

    def _pictured(self, messages: Sequence[Message]) -> str:
        if not self.shown.chat_template:
            raise CapabilityError(f"{self.name} has no chat template, so nothing says where a picture stands in a text")
        turns = list[dict[str, Any]]()
        for message in text.showable(self.shown, messages):
            parts: list[dict[str, str]] = [{"type": "image"} for _ in message.images]
            told = message.text if message.role == "system" else [*parts, {"type": "text", "text": message.text}]
            turns.append({"role": message.role, "content": told})
        return self.shown.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)

    def encode(self, words: str) -> tuple[int, ...]:
        """Tokens of what a model writes, without an end mark."""
        return tuple(text.encode(self.shown, words))

    def decode(self, ids: Sequence[int]) -> str:
        """What the model wrote."""
        if self.own:
            return pupil_tokenizer.decode(one for one in ids if one < pupil_tokenizer.SIZE)
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def token(self, one: int) -> str:
        """One token's text; as the vocabulary writes it where it is no whole text."""
        if one == self.end:
            return ""
        words = str(self.tokenizer.decode([one], clean_up_tokenization_spaces=False))
        return words if words and "\N{REPLACEMENT CHARACTER}" not in words else str(self._named(one))

    def _named(self, one: int) -> str | None:
        return self.tokenizer.convert_ids_to_tokens(one)

    def close(self) -> None:
        """End the process behind the chat template."""
        if self.shown.chat_template:
            self.shown.close()


def tokenizer(folder: Path) -> Any:
    """The tokenizer of a folder. Raises: BrokenModel.

    A folder that has a whole tokenizer.json and says that it needs no class of its own is taken at its word;
    transformers would read the same file by the rules of the model's family, and cut texts otherwise.
    """
    plain = optional(folder, "tokenizer_config.json").get("tokenizer_class") in _PLAIN
    kind: Any = PreTrainedTokenizerFast if plain and (folder / "tokenizer.json").is_file() else AutoTokenizer
    try:
        return kind.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # tokenizers raise what they like on files they cannot read
        line = (str(error).strip() or repr(error)).splitlines()[0][:200]
        raise BrokenModel(f"{folder} has no tokenizer that can be loaded ({line}); save it there") from error


def _template(folder: Path, given: Any) -> tuple[str, Path]:
    found: Any = given.chat_template
    if isinstance(found, dict):
        named = cast("dict[str, str]", found)
        found = named.get("default") or next(iter(named.values()), "")
    if not found and (folder / "chat_template.json").is_file():
        found = optional(folder, "chat_template.json").get("chat_template")
    file = folder / "chat_template.jinja"
    return str(found or ""), file if file.is_file() else folder / "tokenizer_config.json"


def _is_pupils(folder: Path) -> bool:
    """Whether the tokenizer is the small models' own, whose file cannot put spaces between numbers back."""
    path = folder / "tokenizer.json"
    # by size first: a large vocabulary is not worth reading twice
    return path.is_file() and path.stat().st_size < 100_000 and _same(path)


def _same(path: Path) -> bool:
    try:
        return json.loads(path.read_text(encoding="utf-8")) == pupil_tokenizer.as_hugging_face()
    except ValueError:
        return False
