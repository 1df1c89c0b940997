"""Servers start when asked, take new versions in, make room, and are begun again when they fail; none is left over."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from tests.models.vllm import standin
from tests.models.vllm.bench import Bench, adapter, after, copied, folder, request, said, tokenizer, trained
from tests.models.vllm.test_process import gone

from lamarck.core import CapabilityError, ModelRef, PausedRun, UsageError
from lamarck.models.hf import files
from lamarck.models.hf.files import BrokenModel
from lamarck.models.vllm.failing import ServerFailed
from lamarck.models.vllm.folders import called


def greedy(version: str, text: str = "hello") -> str:
    body = {"prompt": tokenizer()(text)["input_ids"], "max_tokens": 8, "temperature": 0, "stop_token_ids": [1]}
    return str(tokenizer().decode(standin.written(version, body), skip_special_tokens=True))


def ref(place: Path, base: Path) -> ModelRef:
    return ModelRef(name=f"vllm/{base.name}", digest=files.digest(place), folder=str(place))


def pid(bench: Bench, number: int = -1) -> int:
    return int(bench.seen()[number]["pid"])


def test_no_server_is_started_before_it_is_asked(bench: Bench, base: Path):
    on = bench.provider()
    model = bench.model(base, on)
    assert "train" in model.capabilities
    assert model.render(request("hi").prompt)[0].text == "hi"
    assert not on.fleet.servers
    assert not bench.told


def test_a_server_starts_answers_and_ends(bench: Bench, base: Path):
    bench.does(child=True)
    on = bench.provider()
    assert said(bench.model(base, on)) == greedy(called(files.digest(base)))
    started = bench.seen()[0]
    assert started["words"][:4] == ["-m", "vllm.entrypoints.cli.main", "serve", str(base)]
    assert "starting a server" in bench.told[0]
    assert "answers after" in bench.told[-1]
    on.close()
    assert gone(started["pid"])
    assert gone(started["child"])
    on.close()


def test_its_log_lies_with_the_run_once_that_is_there(bench: Bench, base: Path, tmp_path: Path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text("{}")
    said(bench.model(base, bench.provider(run)))
    assert f"serving {base}" in (run / "servers" / "vllm-1.log").read_text()


def test_many_threads_start_one_server(bench: Bench, base: Path):
    model, found = bench.model(base), list[str]()
    threads = [threading.Thread(target=lambda: found.append(said(model))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {greedy(called(files.digest(base)))}
    assert len(bench.seen()) == 1


def test_new_versions_reach_the_same_server_as_adapters(bench: Bench, base: Path, adapters: tuple[Path, Path]):
    on = bench.provider()
    model = bench.model(base, on)
    first, second = (on.open(ref(each, base)) for each in adapters)
    asked = [request("hello", temperature=0.0)]
    versions = [called(files.digest(each)) for each in (base, *adapters)]
    for _ in range(2):
        found = [each.generate(asked)[0][0].text for each in (model, first, second)]
        assert found == [greedy(version) for version in versions]
    assert len(bench.seen()) == 1
    loaded = bench.seen("/v1/load_lora_adapter")
    assert [(each["lora_name"], each["lora_path"]) for each in loaded] == [
        (version, str(place)) for version, place in zip(versions[1:], adapters, strict=True)
    ]
    assert first.score([after("how", "so")]) != model.score([after("how", "so")])


def test_a_request_names_an_adapter_of_the_learner(bench: Bench, base: Path, adapters: tuple[Path, Path]):
    model = bench.model(base).wearing({"planner": ref(adapters[0], base), "actor": ref(adapters[1], base)})
    both = [request("hello", adapter=name, temperature=0.0) for name in ("planner", "", "actor")]
    versions = [called(files.digest(each)) for each in (adapters[0], base, adapters[1])]
    assert [each[0].text for each in model.generate(both)] == [greedy(version) for version in versions]
    with pytest.raises(CapabilityError, match="no adapter 'judge' here; the learner's adapters: actor, planner"):
        model.generate([request("hello", adapter="judge")])


def test_the_same_adapter_under_another_path_is_the_same_version(
    bench: Bench, base: Path, adapters: tuple[Path, Path], tmp_path: Path
):
    on = bench.provider()
    again = copied(tmp_path / "again", adapters[0])
    texts = [on.open(ref(each, base)).generate([request("x")])[0][0].text for each in (adapters[0], again)]
    assert texts[0] == texts[1]
    assert len(bench.seen("/v1/load_lora_adapter")) == 1


def test_old_adapters_leave_the_server(bench: Bench, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lamarck.models.vllm.server.KEPT", 2)
    on = bench.provider()
    places = [adapter(tmp_path / f"a{n}", base, n) for n in range(4)]
    for place in places:
        on.open(ref(place, base)).generate([request("x")])
    assert [each["lora_name"] for each in bench.seen("/v1/unload_lora_adapter")] == [
        called(files.digest(place)) for place in places[:2]
    ]


def test_an_adapter_that_does_not_fit_is_refused_with_what_to_type(bench: Bench, base: Path, tmp_path: Path):
    on = bench.provider(rank=8)
    wide, whole = adapter(tmp_path / "wide", base, r=64), adapter(tmp_path / "whole", base, modules_to_save=["lm_head"])
    for place, reason in ((wide, r"of rank 64, .*--vllm rank=64"), (whole, r"modules_to_save, .*lamarck export")):
        with pytest.raises(CapabilityError, match=reason):
            on.open(ref(place, base)).generate([request("x")])
    with pytest.raises(CapabilityError, match=r"max_lora_rank 16.*--vllm rank=N"):
        on.open(ref(adapter(tmp_path / "refused", base), base)).generate([request("x")])
    assert said(bench.model(base, on))  # and the server still answers


def test_whole_new_weights_get_a_server_of_their_own(bench: Bench, base: Path, tmp_path: Path):
    on = bench.provider()
    new = folder(tmp_path / "new", seed=5)
    made = trained(on, on.find(str(base)), new)
    first, second = bench.model(base, on), on.open(made)
    asked = [request("hello", temperature=0.0)]
    assert second.generate(asked)[0][0].text == greedy(called(files.digest(new)))
    old = pid(bench)
    assert first.generate(asked)[0][0].text == greedy(called(files.digest(base)))
    assert gone(old)
    assert len(on.fleet.servers) == 1
    assert any("new makes room for another model" in line for line in bench.told)


def test_two_servers_side_by_side_where_the_user_says_so(bench: Bench, base: Path, tmp_path: Path):
    on = bench.provider(servers=2)
    new = folder(tmp_path / "new", seed=5)
    for _ in range(2):
        said(bench.model(base, on))
        said(bench.model(new, on))
    assert len(bench.seen()) == 2


def test_training_gets_the_gpu_by_a_stop(bench: Bench, base: Path):
    on = bench.provider()
    model = bench.model(base, on)
    before = said(model)
    on.release()
    assert gone(pid(bench))
    assert not on.fleet.servers
    assert said(model) == before
    assert len(bench.seen()) == 2


def test_training_gets_the_gpu_by_sleep(bench: Bench, base: Path, adapters: tuple[Path, Path]):
    on = bench.provider(release="sleep")
    model, first = bench.model(base, on), on.open(ref(adapters[0], base))
    before = [said(model), first.generate([request("x", temperature=0.0)])[0][0].text]
    on.release()
    assert [each["path"] for each in bench.seen("/sleep")] == ["/sleep?level=1"]
    assert [said(model), first.generate([request("x", temperature=0.0)])[0][0].text] == before
    assert len(bench.seen("/wake_up")) == len(bench.seen()) == 1


def test_the_gpu_is_freed_only_when_what_was_asked_is_answered(bench: Bench, base: Path):
    on = bench.provider()
    model = bench.model(base, on)
    said(model)
    texts, released = list[str](), threading.Event()

    def release() -> None:
        on.release()
        released.set()

    with on.fleet.lease(next(iter(on.fleet.servers.values())).base):
        threading.Thread(target=release).start()
        time.sleep(0.3)
        assert not released.is_set()
        assert pid(bench)
        texts.append("asked")
    assert released.wait(20)


def test_a_server_that_ends_is_begun_again_and_the_calls_are_answered(bench: Bench, base: Path, tmp_path: Path):
    bench.does(die_after=3, once=str(tmp_path / "died"))
    model = bench.model(base, limit=1)
    texts = [text[0].text for text in model.generate([request(f"p{n}", temperature=0.0) for n in range(8)])]
    assert texts == [greedy(called(files.digest(base)), f"p{n}") for n in range(8)]
    assert len(bench.seen()) == 2
    assert any("ended by itself (exit code 3" in line and "started again, 1 of 3" in line for line in bench.told)


def test_adapters_are_taken_in_again_by_the_next_server(
    bench: Bench, base: Path, adapters: tuple[Path, Path], tmp_path: Path
):
    bench.does(die_after=1, once=str(tmp_path / "died"))
    on = bench.provider()
    first = on.open(ref(adapters[0], base))
    for text in ("a", "b", "c"):
        found = first.generate([request(text, temperature=0.0)])[0][0].text
        assert found == greedy(called(files.digest(adapters[0])), text)
    assert len(bench.seen("/v1/load_lora_adapter")) == len(bench.seen()) == 2


def test_restarts_are_bounded_and_the_log_is_quoted(bench: Bench, base: Path):
    bench.does(die_after=0)
    on = bench.provider(restarts=1)
    with pytest.raises(
        ServerFailed, match=r"CUDA out of memory.*lower --vllm gpu_memory=0.45.*2 times by now; its log"
    ):
        bench.model(base, on).generate([request("x")])
    assert len(bench.seen()) == 2
    with pytest.raises(ServerFailed):  # and is not tried again
        bench.model(base, on).generate([request("y")])
    assert len(bench.seen()) == 2


@pytest.mark.parametrize(
    ("line", "cure"),
    [
        ("/env/bin/python: No module named vllm", "pip install vllm"),
        ("torch.OutOfMemoryError: CUDA out of memory.", "lower --vllm gpu_memory"),
        ("something nobody foresaw: Error 7", "Error 7"),
    ],
)
def test_a_server_that_does_not_start_says_why(bench: Bench, base: Path, line: str, cure: str):
    bench.does(fails=line)
    with pytest.raises(ServerFailed) as found:
        bench.model(base).generate([request("x")])
    assert "did not start (exit code 1)" in str(found.value)
    assert line in str(found.value)
    assert cure in str(found.value)


def test_a_server_that_never_answers_is_given_up(bench: Bench, base: Path):
    bench.does(deaf=True, child=True)
    with pytest.raises(ServerFailed, match=r"did not answer within 0.5 s; wait longer with --vllm start_s"):
        bench.model(base, start_s=0.5).generate([request("x")])


def test_a_taken_port_is_named_before_anything_starts(bench: Bench, base: Path):
    on = bench.provider()
    said(bench.model(base, on))
    words = bench.seen()[0]["words"]
    port = int(words[words.index("--port") + 1])
    with pytest.raises(UsageError, match=rf"port {port} of 127.0.0.1 is taken"):
        bench.model(base, bench.provider(port=port)).generate([request("x")])
    assert len(bench.seen()) == 1


def test_an_answer_of_another_version_is_none(bench: Bench, base: Path):
    bench.does(answer={"model": "somebody-else"})
    with pytest.raises(PausedRun, match="'somebody-else' answered for"):
        bench.model(base).generate([request("x")])


def test_what_is_recorded_needs_no_server(bench: Bench, base: Path, adapters: tuple[Path, Path], tmp_path: Path):
    run = tmp_path / "run"
    asked = [request("hello", 1, 2, 3)]

    def both() -> list[list[str]]:
        on = bench.provider(run)
        models = [bench.model(base, on), on.open(ref(adapters[0], base))]
        found = [[each.text for each in model.generate(asked)[0]] for model in models]
        on.close()
        return found

    first, calls = both(), len(bench.seen("/v1/completions"))
    assert both() == first
    assert first[0] != first[1]
    assert len(bench.seen("/v1/completions")) == calls == 6


def test_the_key_of_a_server_is_in_no_file_and_on_no_command_line(bench: Bench, base: Path, tmp_path: Path):
    run = tmp_path / "run"
    on = bench.provider(run)
    said(bench.model(base, on))
    server = next(iter(on.fleet.servers.values()))
    key = server.target.key.header()["Authorization"].removeprefix("Bearer ")
    assert key not in json.dumps(bench.seen())
    on.close()
    assert not [path for path in run.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]


def test_a_folder_that_must_not_be_loaded_never_reaches_a_server(bench: Bench, tmp_path: Path):
    place = folder(tmp_path / "bad")
    (place / "model.safetensors").write_bytes(b"PK\x03\x04 a pickle")
    with pytest.raises(BrokenModel, match=r"model.safetensors is a pickle"):
        bench.model(place)
    assert not bench.seen()


def test_a_model_without_any_server_says_how_to_get_one(bench: Bench, base: Path):
    with pytest.raises(UsageError, match=r"--vllm-python PATH; or give an address: vllm/.*@http://127.0.0.1:8000"):
        bench.provider(python="").find(str(base))


def test_a_server_that_hangs_is_ended_and_replaced(bench: Bench, base: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lamarck.models.vllm.server.SETTLE_S", 0.3)
    on = bench.provider()
    said(bench.model(base, on))
    server = next(iter(on.fleet.servers.values()))
    assert not server.lost()
    os.kill(pid(bench), signal.SIGSTOP)
    monkeypatch.setattr("lamarck.models.vllm.control.QUICK_S", 0.2)
    assert server.lost()
    monkeypatch.undo()
