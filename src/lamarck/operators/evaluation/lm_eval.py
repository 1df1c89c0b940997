"""The tasks of lm-evaluation-harness, asked of a learner. Imported only here, and only when it is used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from lamarck.core import (
    CapabilityError,
    Context,
    Learner,
    Message,
    MissingExtra,
    Prompt,
    Sampling,
    Score,
    Scorecard,
    Task,
    UsageError,
    unknown,
)
from lamarck.operators.held_out import answers

KIND = "lm_eval"
"""Of its prompts: ``task/lm_eval``."""
NAMED = re.compile(r"^(?:task|group):\s*['\"]?([^\s'\"]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class LmEval:
    """Scores of one of the harness's tasks, or of a YAML file of your own, by its own metrics, one value an item.

    A prompt is put as one user's turn and answered greedily, in the learner's own way where it has one. Choices are
    told apart by their likelihood after the prompt, without the end of the answer. The first task's first metric
    decides. A YAML file's ``!function`` runs with your rights, and most data sets are fetched from the hub.
    Raises: MissingExtra; UsageError for a task there is not; CapabilityError for a model that cannot tell likelihoods
    where the task asks for them. Differs: no perplexity of whole texts, since models here answer prompts.
    """

    task: str
    """A name, or the path of a .yaml file."""
    shots: int | None = None
    """Examples before each question; None = as the task says."""
    limit: int | None = None
    """Items at most of each task."""

    def __call__(self, learner: Learner, ctx: Context) -> Scorecard:
        """Out: a score a task; a group gives those of all its tasks."""
        library, tasks = _library()
        name, folder = named(self.task)
        manager = tasks.TaskManager(include_path=folder or None, include_defaults=not folder)
        if name not in manager.all_tasks:
            raise unknown("lm_eval task", name, manager.all_tasks, "give a name of the harness, or a .yaml file")
        asked = Asked(learner=learner, ctx=ctx)
        found = library.simple_evaluate(
            model=_model(library, asked),
            tasks=[name],
            num_fewshot=self.shots,
            limit=self.limit,
            task_manager=manager,
            bootstrap_iters=0,
            random_seed=0,
        )
        scores = [_score(task, rows) for task, rows in found["samples"].items()]
        return Scorecard(learner=learner.hash, scores=tuple(scores), metric=next(iter(scores[0].metrics)))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A learner as the harness asks it; a request's ``args`` are its prompt and what goes with it."""

    learner: Learner
    ctx: Context
    said: dict[str, str] = field(default_factory=dict[str, str])
    """Prompt -> greedy answer, where one was needed to tell whether a text is the likeliest."""

    def written(self, requests: Sequence[Any]) -> list[str]:
        """The greedy answer to each request, cut at its stop strings."""
        groups = dict[tuple[tuple[str, ...], int | None], list[int]]()
        for at, request in enumerate(requests):
            groups.setdefault(_wanted(request.args[1]), []).append(at)
        found = dict[int, str]()
        for (stops, most), places in groups.items():
            texts = self._answers([str(requests[at].args[0]) for at in places], stops, most)
            found |= {at: _cut(text, stops) for at, text in zip(places, texts, strict=True)}
        return [found[at] for at in range(len(requests))]

    def likely(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        """Of each continuation its log-likelihood, and whether the learner's greedy answer begins with it."""
        self._able()
        pairs = [(str(request.args[0]), str(request.args[1])) for request in requests]
        found = self.ctx.score([_prompt(said) for said, _ in pairs], [text for _, text in pairs], role=self.learner)
        # choices share a prompt; where a prompt has one text the task may ask whether it is the greedy one
        counts = Counter(said for said, _ in pairs)
        single = [said for said in counts if counts[said] == 1]
        asked = [said for said in single if said not in self.said]
        self.said.update(zip(asked, self._answers(asked, (), None), strict=True))
        return [
            (sum(each[:-1]), counts[said] == 1 and self.said[said].strip().startswith(text.strip()))
            for (said, text), each in zip(pairs, found, strict=True)
        ]

    def rolling(self, requests: Sequence[Any]) -> list[float]:
        """Nothing. Raises: CapabilityError."""
        raise CapabilityError("this task asks for the perplexity of whole texts; take one that generates or chooses")

    def _able(self) -> None:
        model = self.ctx.models.open(self.learner)
        if "score" not in model.capabilities:
            raise CapabilityError(
                f"this task asks how likely a text is, which {model.name} cannot say; take hf/<model>, vllm/<model> "
                "or pupil/<name>, or a task that generates"
            )

    def _answers(self, prompts: Sequence[str], stops: tuple[str, ...], most: int | None) -> list[str]:
        if self.learner.answer is not None:
            tasks = [_task(said) for said in prompts]
            given = answers(tasks, self.learner, self.ctx, 1, 0.0)
            return [one.text if one else "" for (one,) in given]
        sampling = Sampling(temperature=0.0, max_tokens=most, stop=stops)
        drawn = self.ctx.generate([_prompt(p) for p in prompts], prompts, role=self.learner, sampling=sampling)
        return [one.text for (one,) in drawn]


def named(task: str) -> tuple[str, str]:
    """The name of a task and the folder that has it, "" for one of the harness's. Raises: UsageError."""
    if not task.endswith((".yaml", ".yml")):
        return task, ""
    path = Path(task)
    if not path.is_file():
        raise UsageError(f"no such file: {task}; give a task's name, or the path of its .yaml file")
    found = NAMED.search(path.read_text(encoding="utf-8"))
    if found is None:
        raise UsageError(f"{task} names no task; write a line: task: my_task")
    return found[1], str(path.parent.resolve())


def _library() -> tuple[Any, Any]:
    try:
        import lm_eval  # pyright: ignore[reportMissingImports]
        import lm_eval.tasks as tasks  # pyright: ignore[reportMissingImports]
    except ImportError as fault:
        raise MissingExtra("lm_eval:...", "eval") from fault
    return cast("Any", lm_eval), cast("Any", tasks)


def _model(library: Any, asked: Asked) -> Any:
    """The harness's own kind of model over the learner."""

    def written(_self: Any, requests: Any, **_rest: Any) -> list[str]:
        return asked.written(requests)

    def likely(_self: Any, requests: Any, **_rest: Any) -> list[tuple[float, bool]]:
        return asked.likely(requests)

    def rolling(_self: Any, requests: Any, **_rest: Any) -> list[float]:
        return asked.rolling(requests)

    methods = {"generate_until": written, "loglikelihood": likely, "loglikelihood_rolling": rolling}
    kind: Any = type("LamarckLearner", (library.api.model.LM,), methods)
    return kind()


def _wanted(said: Mapping[str, Any]) -> tuple[tuple[str, ...], int | None]:
    """Stop strings and the longest answer."""
    until: Any = said.get("until") or ()
    stops = (until,) if isinstance(until, str) else tuple(str(stop) for stop in until)
    most = said.get("max_gen_toks", said.get("max_tokens"))
    return stops, None if most is None else int(most)


def _cut(text: str, stops: Sequence[str]) -> str:
    for stop in stops:
        text = text.split(stop, 1)[0] if stop else text
    return text


def _prompt(said: str) -> Prompt:
    return _task(said).prompt


def _task(said: str) -> Task:
    return Task(id=said, kind=KIND, messages=(Message(role="user", text=said),), split="selection", source=KIND)


def _score(task: str, rows: Sequence[Mapping[str, Any]]) -> Score:
    """The values that every item of a task has, from 0 to 1. Raises: UsageError where there are none."""
    kept = {str(row["doc_id"]): row for row in rows}
    metrics = dict[str, tuple[float, ...]]()
    for row in rows:
        suffix = "" if row.get("filter") in (None, "none") else f", {row['filter']}"
        for name in row.get("metrics", ()):
            of = [each for each in rows if each.get("filter") == row.get("filter")]
            values = [each.get(name) for each in of]
            if len(of) == len(kept) and all(isinstance(v, bool | int | float) and 0 <= v <= 1 for v in values):
                metrics.setdefault(f"{name}{suffix}", tuple(float(cast("float", v)) for v in values))
    if not metrics:
        raise UsageError(f"lm_eval:{task} gives no value from 0 to 1 for each item, so it has no place in a scorecard")
    return Score(ability=task, metrics=metrics, items=tuple(f"{task}/{doc}" for doc in kept), split="selection")
