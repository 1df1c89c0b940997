"""What the command line says about vLLM servers reaches their provider."""

from pathlib import Path

import pytest

from lamarck.cli import servers
from lamarck.core import UsageError
from lamarck.models.vllm.options import Options, options


def test_flags_win_over_the_configuration():
    configured = {"vllm": {"python": "old", "length": 2048}, "openai": {"limit": 4}}
    found = servers.said(
        "env", ["gpu-memory=0.45,length=4096", "eager=true", 'args=["--max-num-seqs", "64"]'], configured
    )
    assert found["openai"] == {"limit": 4}
    assert options(found["vllm"]) == Options(
        python=str(Path("env").absolute()), gpu_memory=0.45, length=4096, eager=True, args=("--max-num-seqs", "64")
    )


def test_nothing_said_is_nothing():
    assert servers.said(None, None, {}) == {}


@pytest.mark.parametrize("text", ["gpu_memory", "=1", "length="])
def test_a_text_that_says_nothing_is_refused(text: str):
    with pytest.raises(UsageError, match=r"give NAME=VALUE, such as --vllm gpu_memory=0.45"):
        servers.said(None, [text], {})
