"""How a server is started: its words, its environment, and what a user says that cannot be."""

from pathlib import Path
from typing import Any

import pytest
from tests.models.vllm.bench import Bench

from lamarck.core import UsageError
from lamarck.models.vllm.command import command, environment, python
from lamarck.models.vllm.options import Options, options


def flags(bench: Bench, **said: Any) -> list[str]:
    return command(Path("/models/m"), "v", 8123, Options(python=str(bench.home / "env"), **said))


def test_a_server_is_started_for_this_machine_alone_under_a_name_of_ours(bench: Bench):
    words = flags(bench)
    program = str(bench.home / "env" / "bin" / "python")
    assert words[:5] == [program, "-m", "vllm.entrypoints.cli.main", "serve", "/models/m"]
    assert " ".join(words[5:]) == (
        "--host 127.0.0.1 --port 8123 --served-model-name v --load-format safetensors --generation-config vllm "
        "--max-logprobs 32 --tensor-parallel-size 1 --enable-lora --max-lora-rank 64 --max-loras 4 --max-cpu-loras 8"
    )


def test_what_the_user_says_becomes_flags(bench: Bench):
    words = " ".join(
        flags(
            bench,
            gpu_memory=0.45,
            length=4096,
            dtype="bfloat16",
            eager=True,
            gpus=2,
            lora=False,
            release="sleep",
            args=("--max-num-seqs", "64"),
        )
    )
    for wanted in (
        "--gpu-memory-utilization 0.45",
        "--max-model-len 4096",
        "--dtype bfloat16",
        "--enforce-eager",
        "--tensor-parallel-size 2",
        "--enable-sleep-mode --max-num-seqs 64",
    ):
        assert wanted in words
    assert "lora" not in words


def test_no_secret_and_nothing_of_this_environment_reaches_the_server():
    given = {
        "PATH": "/bin",
        "CUDA_VISIBLE_DEVICES": "1",
        "PYTHONPATH": "src",
        "VIRTUAL_ENV": "v",
        "OPENAI_API_KEY": "canary",
        "HF_TOKEN": "canary",
        "DB_PASSWORD": "canary",
    }
    found = environment("the-key", Options(), given)
    assert "canary" not in found.values()
    assert not {"PYTHONPATH", "VIRTUAL_ENV"} & found.keys()
    assert (found["PATH"], found["CUDA_VISIBLE_DEVICES"], found["VLLM_API_KEY"]) == ("/bin", "1", "the-key")
    assert found["VLLM_ALLOW_RUNTIME_LORA_UPDATING"] == found["VLLM_NO_USAGE_STATS"] == "1"


def test_development_endpoints_are_open_only_to_let_a_server_sleep():
    assert "VLLM_SERVER_DEV_MODE" not in environment("k", Options(), {})
    assert environment("k", Options(release="sleep"), {})["VLLM_SERVER_DEV_MODE"] == "1"


def test_an_environment_is_named_by_its_folder_or_its_python(bench: Bench, tmp_path: Path):
    program = bench.home / "env" / "bin" / "python"
    assert python(str(bench.home / "env")) == python(str(program)) == program
    with pytest.raises(UsageError, match=r"no python there; make one: .*pip install vllm, then --vllm-python"):
        python(str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"pyton": "x"}, "unknown option of vllm 'pyton': did you mean python"),
        ({"rank": 12}, "vLLM knows 1, 8, 16"),
        ({"gpu_memory": 45}, "give a share of the GPU"),
        ({"servers": 0}, "a number above 0"),
        ({"port": 70_000}, "give one from 1 to 65535"),
        ({"release": "nap"}, "'stop' or 'sleep'"),
        ({"length": "long"}, "no int"),
        ({"restarts": -1}, "0 or more"),
    ],
)
def test_an_option_that_cannot_be_is_refused(said: dict[str, Any], reason: str):
    with pytest.raises(UsageError, match=reason):
        options(said)


def test_whole_numbers_and_lists_are_taken():
    assert options({"gpu_memory": 1, "args": ["--x", "1"]}) == Options(gpu_memory=1.0, args=("--x", "1"))
