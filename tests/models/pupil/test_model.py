from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pkgutil import resolve_name
from typing import Any

import pytest

from lamarck.core import CapabilityError, Prompt, Request, Sampling, UsageError
from lamarck.executors.processes import Processes, WorkerDied
from lamarck.models.host import Host
from lamarck.models.pupil import files
from lamarck.models.pupil.model import Pupil
from lamarck.models.pupil.provider import provider


class Here:
    """A pool without processes, which counts."""

    workers = 2

    def __init__(self) -> None:
        self.rows = list[int]()
        self._threads = ThreadPoolExecutor(1)

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        self.rows.append(sum(len(draw.seeds) for draw in args[2]))
        return self._threads.submit(resolve_name(fn), *args)


@pytest.fixture(scope="module")
def pool() -> Iterator[Processes]:
    with Processes(1) as processes:
        yield processes


def _ask(numbers: str, *seeds: int, **sampling: Any) -> Request:
    prompt = Prompt(name="task/countdown", fields={"numbers": numbers, "target": "24"})
    return Request(prompt=prompt, seeds=seeds, sampling=Sampling(**sampling), author="me")


def test_answers_come_in_the_order_of_requests_and_seeds(pool: Processes) -> None:
    pupil = Pupil(files.reference("game24"), pool)
    requests = [_ask("4 6 8 13", 1, 2, 3), _ask("1 5", 4), _ask("1 2 7 10", 5, temperature=0.0), _ask("3 3 3 3")]
    found = pupil.generate(requests)
    assert [len(samples) for samples in found] == [3, 1, 1, 0]
    assert pupil.generate([_ask("4 6 8 13", 3)]) == [[found[0][2]]]
    first = found[0][0]
    assert first.author == first.messages[0].author == "me"
    assert first.usage.prompt == 7
    assert first.usage.completion == len(first.logprobs) > 0
    assert all(chance <= 0 for chance in first.logprobs)


def test_calls_of_many_threads_are_joined_and_change_nothing() -> None:
    here = Here()
    pupil = Pupil(files.reference("game24"), here)
    numbers = [f"{a} {b} {c} 9" for a in range(2, 6) for b in (6, 7) for c in (8, 10)]
    alone = [pupil.generate([_ask(each, 1, 2)])[0] for each in numbers]
    here.rows.clear()
    with ThreadPoolExecutor(len(numbers)) as threads:
        futures = [threads.submit(pupil.generate, [_ask(each, 1, 2)]) for each in numbers]
        together = [future.result()[0] for future in futures]
    assert together == alone
    assert sum(here.rows) == 2 * len(numbers)
    assert len(here.rows) < len(numbers)


def test_a_stop_text_ends_the_solution(pool: Processes) -> None:
    pupil = Pupil(files.reference("game24"), pool)
    ((whole,), (cut,)) = pupil.generate([_ask("4 6 8 13", 7), _ask("4 6 8 13", 7, stop=(";",))])
    assert cut.text == whole.text.split(";")[0]
    assert (cut.stop, len(cut.logprobs)) == ("stop", cut.usage.completion)
    assert cut.logprobs == whole.logprobs[: len(cut.logprobs)]


def test_an_unreadable_prompt_gives_an_error_sample_not_an_error() -> None:
    ((sample,),) = Pupil(files.reference("game24"), Here()).generate([_ask("é", 1)])
    assert (sample.stop, sample.text) == ("error", "")


def test_an_unknown_prompt_names_the_known_ones() -> None:
    pupil = Pupil(files.reference("game24"), Here())
    with pytest.raises(CapabilityError, match=r"cannot be asked 'star/rationale'; it knows .*task/countdown"):
        pupil.render(Prompt(name="star/rationale"))
    with pytest.raises(CapabilityError, match="needs the fields target"):
        pupil.render(Prompt(name="task/countdown", fields={"numbers": "1 2"}))


def test_a_broken_model_reaches_the_caller(pool: Processes, tmp_path: Any) -> None:
    reference = files.reference("game24")
    for path in files.locate(reference).glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    broken = type(reference)(name=reference.name, digest=files.digest(tmp_path), folder=str(tmp_path))
    with pytest.raises(ValueError, match=r"model\.safetensors: cannot be read"):
        Pupil(broken, pool).generate([_ask("1 2 3 4", 1)])


def test_a_dead_worker_reaches_the_caller_and_the_next_call_works() -> None:
    with Processes(1) as processes:
        pupil = Pupil(files.reference("game24"), processes)
        with pytest.raises(WorkerDied, match="exit code 3"):
            processes.submit(_leave, 3).result()
        assert len(pupil.generate([_ask("4 6 8 13", 1)])[0]) == 1


def _leave(code: int) -> None:
    import os

    os._exit(code)


def test_plain_pupil_is_the_model_of_the_environment() -> None:
    suited = provider(Host(pool=Here(), environment="game24")).find("")
    elsewhere = provider(Host(pool=Here(), environment="elsewhere"))
    assert suited == elsewhere.find("game24") == files.reference("pupil/game24")
    with pytest.raises(UsageError, match=r"no pupil was made for the environment 'mars'.*pupil/game24"):
        provider(Host(pool=Here(), environment="mars")).find("")
    with pytest.raises(UsageError, match="unknown pupil 'game42': did you mean game24"):
        provider(Host(pool=Here(), environment="game24")).find("game42")


def test_one_content_is_opened_once() -> None:
    shelf = provider(Host(pool=Here(), environment="game24"))
    assert shelf.open(shelf.find("")) is shelf.open(shelf.find("game24"))
    assert shelf.card(shelf.find(""), "sft")["optimizer"] == "muon"
    with pytest.raises(CapabilityError, match="no training values for 'grpo', only for sft"):
        shelf.card(shelf.find(""), "grpo")
