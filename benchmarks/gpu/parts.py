"""The parts, each a function of what was asked that gives figures or raises Skipped; each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any, cast

import torch
from benchmarks.gpu import folder
from transformers import AutoModelForCausalLM

import lamarck
from lamarck.core import Continuation, Job, ModelRef, Solution
from lamarck.executors.processes import Processes
from lamarck.models import Host, Shelf
from lamarck.models.hf import files
from lamarck.models.hf.reader import Reader
from lamarck.models.vllm.provider import VllmProvider
from lamarck.trainers.trl.trainer import TrlTrainer

Figures = dict[str, Any]


class Skipped(Exception):
    """A part that cannot run here; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Of all parts."""

    model: Path
    home: Path
    """For what is written."""
    vllm: str = ""
    """The environment with vLLM."""
    options: tuple[str, ...] = ()
    """Of its servers, name=value."""
    prompts: int = 64
    new: int = 64
    steps: int = 4


def sampling(asked: Asked) -> Figures:
    """Tokens a second of `hf/` and of one padded `generate` batch, greedy and at temperature 1."""
    shelf = Shelf(Host())
    model = shelf.open(shelf.learner(f"hf/{asked.model}"))
    raw, reader = _raw(asked)
    found: Figures = {}
    for name, temperature in (("greedy", 0.0), ("sampled", 1.0)):
        work = folder.requests(asked.prompts, 1, asked.new, temperature)
        model.generate(work[:2])  # load, warm
        ours_s, ours = timed(lambda work=work: model.generate(work))
        batch = [reader.asked(one.prompt, "").ids for one in work]
        theirs_s, theirs = timed(lambda batch=batch, t=temperature: _generated(raw, batch, asked.new, t, reader))
        texts = [one.text for each in cast("list[list[Solution]]", ours) for one in each]
        tokens = sum(one.usage.completion for each in cast("list[list[Solution]]", ours) for one in each)
        other = sum(len(ids) + (len(ids) < asked.new) for ids in theirs)
        found[name] = {"hf_tokens_s": tokens / ours_s, "generate_tokens_s": other / theirs_s}
        found[name]["ratio"] = found[name]["hf_tokens_s"] / found[name]["generate_tokens_s"]
        if not temperature:
            same = [one == reader.decode(ids) for one, ids in zip(texts, theirs, strict=True)]
            found[name]["same_texts"] = fmean(same)
    return found


def serving(asked: Asked) -> Figures:
    """A vLLM server: start, tokens a second, agreement with `hf/`, an adapter taken in, sleep and stop."""
    if not asked.vllm:
        raise Skipped("no environment with vLLM was named; give --vllm-python PATH")
    if not torch.cuda.is_available():
        raise Skipped("no GPU here")
    said: dict[str, Any] = dict(part.split("=", 1) for part in asked.options)
    said = {name: float(value) if name == "gpu_memory" else int(value) for name, value in said.items()}
    host = Host(options={"vllm": {"python": asked.vllm, "gpu_memory": 0.5, "release": "sleep", **said}})
    shelf = Shelf(Host())
    plain: Any = shelf.open(shelf.learner(f"hf/{asked.model}"))
    work = folder.requests(asked.prompts, 8, asked.new, 1.0)
    texts = [Continuation(prompt=one.prompt, text="The sum is 10.") for one in work]
    with closing(VllmProvider(host)) as provider:
        ref = provider.find(str(asked.model))
        model: Any = provider.open(ref)
        start_s, _ = timed(lambda: model.generate(work[:1]))
        seconds, made = timed(lambda: model.generate(work))
        found: Figures = {"start_s": start_s, "tokens_s": _tokens(made) / seconds}
        ours, theirs = model.score(texts), plain.score(texts)
        gaps = [abs(a - b) for one, other in zip(ours, theirs, strict=True) for a, b in zip(one, other, strict=True)]
        found |= {"score_gap_mean": fmean(gaps), "score_gap_most": max(gaps)}
        greedy = folder.requests(asked.prompts, 1, asked.new, 0.0)
        pairs = zip(model.generate(greedy), plain.generate(greedy), strict=True)
        found["greedy_same"] = fmean(one[0].text == other[0].text for one, other in pairs)
        shelf.release()
        with Processes(1) as pool:
            trained = _trained(asked, pool, "sft", rank=8)
        worn: Any = provider.open(ModelRef(name=ref.name, digest=trained.digest, folder=trained.folder))
        found["adapter_s"], _ = timed(lambda: worn.generate(work[:1]))
        found["sleep_s"], _ = timed(provider.release)
        found["wake_s"], _ = timed(lambda: model.generate(work[:1]))
        found["stop_s"], _ = timed(provider.close)
    return found


def training(asked: Asked) -> Figures:
    """A few steps of SFT, of a LoRA, of DPO and of GRPO in the training process."""
    found: Figures = {}
    with Processes(1) as pool:
        for name, loss, more in (
            ("sft", "sft", {}),
            ("sft_lora", "sft", {"rank": 8}),
            ("dpo", "dpo", {}),
            ("grpo", "grpo", {"samples": 4, "tokens": 16}),
        ):
            found[name] = _figures(lambda loss=loss, more=more: _fitted(asked, pool, loss, None, **more))
    return found


def a_round(asked: Asked) -> Figures:
    """One whole round of rest_em: sample, verify, train, evaluate, decide."""
    seconds, run = timed(
        lambda: lamarck.run(
            "rest_em",
            learner=f"hf/{asked.model}",
            environment="game24",
            rounds=1,
            out=asked.home / "run",
            tasks_limit=asked.prompts // 4,
            samples=4,
            providers={"hf": {"max_tokens": 4 * asked.new}},
            sets={"evaluation.limit": 8, "evaluation.samples": 0, "evaluation.protected": 4, "updating.rank": 8},
        )
    )
    passages = [each for view in run.reader.rounds() for each in view.funnel.get("refinement", ())]
    return {
        "seconds": seconds,
        "exit_code": run.exit_code,
        "decisions": [verdict.decision for verdict in run.verdicts],
        "refinement": [[each.operator, each.into, each.out] for each in passages],
    }


def devices(asked: Asked) -> Figures:
    """The same SFT by FSDP and by DeepSpeed, over all devices."""
    count, found = torch.cuda.device_count(), Figures()
    if not count:
        raise Skipped("no GPU here; two processes without one are tried by tests/trainers")
    if count > 1:
        found["fsdp"] = _launched(asked, "fsdp", count)
    else:
        found["fsdp"] = {"skipped": "one GPU; FSDP shares a model out over several"}
    if find_spec("deepspeed"):
        found["zero2"] = _launched(asked, "zero2", count)
    else:
        found["zero2"] = {"skipped": "DeepSpeed is not installed; type: pip install deepspeed"}
    return found


PARTS: Mapping[str, Callable[[Asked], Figures]] = {
    "sampling": sampling,
    "serving": serving,
    "training": training,
    "round": a_round,
    "devices": devices,
}
"""In the order they run."""


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall seconds, and what came of it."""
    began = time.perf_counter()
    made = work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - began, made


def _raw(asked: Asked) -> tuple[Any, Reader]:
    kind = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    model: Any = AutoModelForCausalLM.from_pretrained(asked.model, dtype=kind).eval()
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), Reader(asked.model, "plain")


def _generated(model: Any, batch: Sequence[Sequence[int]], new: int, temperature: float, reader: Reader) -> Any:
    longest = max(map(len, batch))
    ids = torch.tensor([[*[0] * (longest - len(one)), *one] for one in batch], device=model.device)
    mask = torch.tensor([[*[0] * (longest - len(one)), *[1] * len(one)] for one in batch], device=model.device)
    own = reader.defaults
    how: dict[str, Any] = {"do_sample": True, "temperature": temperature}
    how |= {"top_k": own.get("top_k") or 0, "top_p": own.get("top_p") or 1.0}
    how = how if temperature else {"do_sample": False}
    out = model.generate(ids, attention_mask=mask, max_new_tokens=new, pad_token_id=0, **how)
    rows: list[list[int]] = out[:, longest:].tolist()
    return [next((row[:at] for at, token in enumerate(row) if token in reader.ends), row) for row in rows]


def _tokens(made: list[list[Solution]]) -> int:
    return sum(one.usage.completion for each in made for one in each)


def _fitted(asked: Asked, pool: Processes, loss: str, launch: Mapping[str, Any] | None = None, **more: Any) -> Any:
    batch = 8
    trainer = TrlTrainer(pool, kit="lamarck.models.hf.kit", files="lamarck.models.hf.files", options=dict(launch or {}))
    settings = {"lr": 1e-4, "batch": batch, "micro": 4, "length": 512, **more}
    rows = folder.rows(asked.steps * batch, pairs=loss == "dpo")
    job = Job(loss=loss, rows=rows, settings=settings, seed=0, score=_shorter)
    with closing(trainer):
        return trainer.fit(files.reference(str(asked.model)), job, str(asked.home / "learners"))


def _shorter(said: Sequence[tuple[int, str]]) -> list[float]:
    """Any score will do."""
    return [-float(len(text)) for _, text in said]


def _trained(asked: Asked, pool: Processes, loss: str, **more: Any) -> ModelRef:
    return _fitted(asked, pool, loss, None, **more).model


def _launched(asked: Asked, launch: str, processes: int) -> Figures:
    with Processes(1) as pool:
        return _figures(lambda: _fitted(asked, pool, "sft", {"launch": launch, "processes": processes}))


def _figures(fit: Callable[[], Any]) -> Figures:
    try:
        seconds, made = timed(fit)
    except Exception as error:  # the other losses still run
        return {"failed": f"{type(error).__name__}: {str(error).splitlines()[0][:300]}"}
    return {"seconds": seconds, "steps": made.steps, "tokens": made.tokens, "losses": list(made.losses)}
