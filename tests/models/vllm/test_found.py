"""Servers that somebody else started: found by their address, asked by chat or by tokens, given adapters."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.models.vllm import standin
from tests.models.vllm.bench import Bench, folder, request
from tests.models.vllm.test_servers import greedy

from lamarck.core import CapabilityError, ModelRef, UsageError
from lamarck.models.endpoint.address import Key
from lamarck.models.hf import files
from lamarck.models.vllm.control import Control, Unreachable
from lamarck.models.vllm.folders import called
from lamarck.models.vllm.options import Options
from lamarck.models.vllm.process import free
from lamarck.models.vllm.starting import where_of
from lamarck.testing.server import Script, serve


@contextmanager
def running(place: Path, *more: str, port: int = 0, **variables: str) -> Generator[str]:
    """A server of somebody else's."""
    port = port or free(0)
    words = [sys.executable, "-I", standin.__file__, "-m", "vllm", "serve", str(place), "--port", str(port), *more]
    process = subprocess.Popen(words, env={**os.environ, **variables}, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    there = Control(where_of(url, Options()), Key(""))
    try:
        until = time.monotonic() + 20
        while not there.well() and time.monotonic() < until:
            time.sleep(0.02)
        yield url
    finally:
        process.kill()
        process.wait()


def test_a_server_whose_weights_are_known_is_asked_in_tokens(bench: Bench, base: Path):
    with running(base) as url:
        on = bench.provider(python="")
        found = on.find(f"{base}@{url}/v1")
        assert (found.name, found.digest, found.folder) == (f"vllm/base@{url}/v1", files.digest(base), str(base))
        model = on.open(found)
        assert model.generate([request("hello", temperature=0.0)])[0][0].text == greedy("the-model")
        assert "train" in model.capabilities
        on.release()
        assert model.generate([request("more")])  # somebody else's server is left as it is
        same = bench.provider(python="", base=str(base)).find(url)
        assert same.digest == found.digest


def test_it_is_given_new_versions_as_adapters(bench: Bench, base: Path, adapters: tuple[Path, Path]):
    with running(base, "--enable-lora") as url:
        on = bench.provider(python="")
        found = on.find(f"{base}@{url}")
        first = on.open(ModelRef(name=found.name, digest=files.digest(adapters[0]), folder=str(adapters[0])))
        version = called(files.digest(adapters[0]))
        assert first.generate([request("hello", temperature=0.0)])[0][0].text == greedy(version)


def test_adapters_lost_by_a_restart_are_given_again(bench: Bench, base: Path, adapters: tuple[Path, Path]):
    port = free(0)
    on = bench.provider(python="")
    version = called(files.digest(adapters[0]))
    with running(base, "--enable-lora", port=port) as url:
        name = on.find(f"{base}@{url}").name
        first = on.open(ModelRef(name=name, digest=files.digest(adapters[0]), folder=str(adapters[0])))
        first.generate([request("a")])
    with running(base, "--enable-lora", port=port):
        assert first.generate([request("b", temperature=0.0)])[0][0].text == greedy(version, "b")
    assert len(bench.seen("/v1/load_lora_adapter")) == 2


def test_a_server_that_takes_no_adapters_says_how_to_start_it(bench: Bench, base: Path, adapters: tuple[Path, Path]):
    with running(base) as url:
        on = bench.provider(python="")
        name = on.find(f"{base}@{url}").name
        first = on.open(ModelRef(name=name, digest=files.digest(adapters[0]), folder=str(adapters[0])))
        with pytest.raises(CapabilityError, match=r"VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 vllm serve MODEL --enable-lora"):
            first.generate([request("x")])


def test_other_weights_than_the_server_has_are_refused(bench: Bench, base: Path, tmp_path: Path):
    with running(base) as url:
        on, other = bench.provider(python=""), folder(tmp_path / "other", seed=9)
        with pytest.raises(UsageError, match=r"has .*base, not .*other, .*--vllm-python PATH, or train an adapter"):
            on.find(f"{other}@{url}")
        whole = on.find(f"{base}@{url}")
        trained = ModelRef(name=whole.name, digest=files.digest(other), folder=str(other))
        with pytest.raises(UsageError, match="trained whole reach only servers that are started here"):
            on.open(trained)


def test_a_server_of_unknown_weights_is_asked_by_chats_and_not_trained(bench: Bench):
    with serve(Script(model="the-model")) as served:
        on = bench.provider(python="")
        found = on.find(served.url)
        assert found.name == f"vllm/the-model@{served.url}"
        assert not found.folder
        made = on.open(found).generate([request("hello", 3)])[0][0]
        assert made.text.startswith("answer ")
        assert served.bodies[-1]["model"] == "the-model"
        with pytest.raises(CapabilityError, match=r"--vllm base=./folder, or stop before: --until refinement"):
            on.card(found, "sft")
        with pytest.raises(UsageError, match="has no model 'other'; it has: the-model"):
            on.find(f"other@{served.url}")


def test_a_key_comes_from_its_variable(bench: Bench, base: Path, monkeypatch: pytest.MonkeyPatch):
    with running(base, VLLM_API_KEY="s3cret") as url:
        with pytest.raises(UsageError, match=r"wants a key; .*--vllm key=VARIABLE"):
            bench.provider(python="").find(f"{base}@{url}")
        with pytest.raises(UsageError, match="export MINE="):
            bench.provider(python="", key="MINE").find(f"{base}@{url}")
        monkeypatch.setenv("MINE", "s3cret")
        on = bench.provider(python="", key="MINE")
        assert on.open(on.find(f"{base}@{url}")).generate([request("x")])[0][0].stop in ("stop", "length")


def test_nobody_there_is_told_with_what_to_type(bench: Bench, base: Path):
    with pytest.raises(UsageError, match=r"no vLLM server answers at .*; start one: vllm serve MODEL"):
        bench.provider(python="").find(f"{base}@http://127.0.0.1:{free(0)}")


def test_an_adapter_loaded_twice_is_loaded(bench: Bench, base: Path, adapters: tuple[Path, Path]):
    with running(base, "--enable-lora") as url:
        control = Control(where_of(url, Options()), Key(""))
        for _ in range(2):
            control.load("v", str(adapters[0]))
        assert [served.name for served in control.models()] == ["the-model", "v"]
        control.unload("v")
        control.unload("v")
        assert [served.name for served in control.models()] == ["the-model"]
        assert not control.sleep()
    with pytest.raises(Unreachable):
        control.models()


def test_the_stand_in_s_cards_are_vllm_s(base: Path):
    with running(base) as url:
        found = Control(where_of(url, Options()), Key("")).models()
    assert [(one.name, one.root, one.positions) for one in found] == [("the-model", str(base), standin.POSITIONS)]
    assert found[0].parent == ""
