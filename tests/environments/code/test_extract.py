"""The program in an answer: fences, prose, helpers in other blocks, bodies without a head; nothing hostile raises."""

import pytest

from lamarck.environments.code.extract import called, code_of, defines

INC = "def inc(x):\n    return x + 1\n"
HEAD = 'import math\n\ndef inc(x):\n    """Add one."""\n'


@pytest.mark.parametrize(
    "text",
    [
        INC,
        f"```python\n{INC}```",
        f"Sure! Here it is:\n\n```py\n{INC}```\nIt adds one.",
        f"```\n{INC}```",
        f"```python\n{INC}",
        f"Here it is:\n{INC}\nThis adds one to x.",
        f"```python\nprint(1)\n```\nand\n```python\n{INC}```",
        f"```python\n{INC}```\nUse it so:\n```python\nprint(inc(2))\n```",
        f"```bash\npip install x\n```\n```python\n{INC}```",
        INC.replace("\n", "\r\n"),
    ],
)
def test_the_function_is_found(text: str):
    code = code_of(text, "inc")
    assert defines(code, "inc")
    assert "It adds" not in code
    assert "pip" not in code


def test_a_helper_of_an_earlier_block_comes_along():
    text = "```python\ndef one():\n    return 1\n```\nthen\n```python\ndef inc(x):\n    return x + one()\n```"
    code = code_of(text, "inc")
    assert defines(code, "one")
    assert defines(code, "inc")


def test_of_two_versions_the_last_counts():
    text = f"```python\n{INC}```\nBetter:\n```python\ndef inc(x):\n    return 1 + x\n```"
    assert "1 + x" in code_of(text, "inc")
    assert "x + 1" not in code_of(text, "inc")


@pytest.mark.parametrize(
    "text",
    [
        "    return x + 1\n",
        "return x + 1",
        "    return x + 1\n\ndef other(y):\n    pass\n",
        "```python\n    return x + 1\n```",
        INC,
    ],
)
def test_a_body_goes_on_from_its_prompt(text: str):
    code = code_of(text, "inc", HEAD)
    assert defines(code, "inc")
    assert "x + 1" in code


@pytest.mark.parametrize("text", ["", "I cannot.", "The answer is 3."])
def test_no_code(text: str):
    assert code_of(text, "inc") == ""


@pytest.mark.parametrize(
    "text", ["(" * 30_000, "-" * 30_000 + "1", "def f():\n" * 3_000, "```python\n" * 2_000, "\x00"]
)
def test_nothing_hostile_raises(text: str):
    code_of(text, "f", HEAD)
    assert not defines(text, "f")


def test_names_that_tests_call():
    assert called("assert inc(len([1])) == 2") == ["inc", "len"]
    assert called("assert (") == []
