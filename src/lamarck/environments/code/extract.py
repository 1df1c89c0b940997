"""The program in a model's answer: out of fences and prose, a completion put behind its prompt. Parsed, never run.

Source: what HumanEval's and MBPP's graders take (arXiv:2107.03374, arXiv:2108.07732: a completion cut at the next
definition). Differs: of several blocks the last that defines the function counts, with what it needs of earlier ones;
without a block the longest run of lines that is Python and defines it.
"""

from __future__ import annotations

import ast
import re
import warnings

LONGEST = 20_000
"""Characters of code; a longer text is passed on as it is, for the sandbox to refuse."""
TRIES = 40
"""How often a text is cut at its first fault until it is Python."""
STARTS = 20
"""Lines at which code may begin that are tried."""
FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
START = re.compile(
    r"^(?:def |async def |class |import |from \w[\w.]* import |@|[A-Za-z_]\w* *(?::[^=\n]+)?= )", re.MULTILINE
)
STOPS = re.compile(r"\n(?=def |class |if __name__|print\(|assert |#|```|@)")


def code_of(text: str, entry: str = "", prompt: str = "") -> str:
    """The program of an answer, "" where there is none.

    In: the function that it must define, and for completions the prompt that it goes on from. A body without its
    head is put behind the prompt.
    """
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    blocks = [(match[2].lower(), match[3]) for match in FENCE.finditer(text)]
    python = [block for language, block in blocks if language in ("", "python", "py", "python3")]
    if python:
        return _of_blocks(python, entry, prompt)
    found = _bare(text, entry)
    return found if found or not prompt else _completed(text, prompt)


def defines(code: str, name: str) -> bool:
    """Whether code is Python that defines a function or class of this name; any, where no name is given."""
    tree = _tree(code)
    if tree is None:
        return False
    made = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    assigned = {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    return name in made | assigned if name else bool(made)


def called(tests: str) -> list[str]:
    """Names that tests call, in order of appearance; the function under test is among them."""
    tree = _tree(tests)
    if tree is None:
        return []
    names = [n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    return list(dict.fromkeys(names))


def _of_blocks(blocks: list[str], entry: str, prompt: str) -> str:
    last = next((block for block in reversed(blocks) if defines(block, entry)), None)
    if last is None:
        whole = "\n".join(blocks)
        if defines(whole, entry) or not prompt:
            return whole if entry == "" or defines(whole, entry) else blocks[-1]
        return _completed(blocks[-1], prompt)
    before = [block for block in blocks[: blocks.index(last)] if defines(block, "") and not defines(block, entry)]
    needed = [block for block in before if any(re.search(rf"\b{name}\b", last) for name in _made(block))]
    return "\n".join([*needed, last])


def _made(code: str) -> list[str]:
    tree = _tree(code)
    nodes = tree.body if tree else []
    return [n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)]


def _bare(text: str, entry: str) -> str:
    """Code among prose without fences: from a line that begins a statement as far as it is Python."""
    text = text[:LONGEST]
    for start in list(START.finditer(text))[:STARTS]:
        code = _python("", text[start.start() :])
        if code and defines(code, entry):
            return code
    return ""


def _completed(body: str, prompt: str) -> str:
    """A prompt with the body that goes on from it, cut where the next definition begins."""
    body = STOPS.split(body.strip("\n"), maxsplit=1)[0][:LONGEST]
    if body.strip() and not body.startswith((" ", "\n")):
        body = "\n".join(f"    {line}" if line.strip() else line for line in body.split("\n"))
    head = f"{prompt.rstrip()}\n"
    return _python(head, body) or head + body


def _python(head: str, body: str) -> str:
    """The head with as many lines of the body as leave both Python, "" where none do."""
    lines = body.split("\n")
    for _ in range(TRIES):
        while lines and not lines[-1].strip():
            lines.pop()
        code = head + "\n".join(lines)
        try:
            if not lines or _parsed(code) is not None:
                return code if lines else ""
        except SyntaxError as error:  # what stands before the fault may be whole
            before = (error.lineno or 0) - 1 - head.count("\n")
            lines = lines[: min(len(lines) - 1, max(before, 0))]
    return ""


def _tree(code: str) -> ast.Module | None:
    try:
        return _parsed(code)
    except SyntaxError:
        return None


def _parsed(code: str) -> ast.Module | None:
    """The tree of a program, None for one too large or too deep. Raises: SyntaxError."""
    if len(code) > LONGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except SyntaxError:
        raise
    except (ValueError, RecursionError, MemoryError):
        return None
