"""Where a machine cannot isolate, nothing runs unless that is asked for."""

from pathlib import Path

import pytest

from lamarck.core import UsageError
from lamarck.sandbox import Case, Layers, Program, Sandbox, probe
from lamarck.sandbox.guest.attacks import ATTACKS
from lamarck.sandbox.installed import packages
from lamarck.sandbox.launch import walled

ADD = Program(code="def f(x): return x + 1", entry="f")
RIGHT = [Case(arguments=(1,), expected=2)]


def test_what_isolates_is_known_and_was_attacked(layers: Layers):
    assert layers.tier == 1
    assert layers.attacks == dict.fromkeys(ATTACKS, True)
    told = layers.describe()
    assert told["tier"] == 1
    assert any("bubblewrap" in line for line in told["active"])


def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probe.platform, "system", lambda: "Darwin")
    with pytest.raises(UsageError, match="runs on Linux on x86_64 or aarch64 only, and this is Darwin"):
        Sandbox().run(ADD, RIGHT)
    with pytest.raises(UsageError, match="Linux"):
        Sandbox(unsafe_sandbox=True).run(ADD, RIGHT)


def test_a_machine_without_walls_is_refused_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, layers: Layers):
    monkeypatch.setattr(probe, "bubblewrap", lambda: "")
    monkeypatch.setattr(probe, "LANDLOCK", 99)
    with pytest.raises(UsageError) as caught, Sandbox() as sandbox:
        sandbox.run(ADD, RIGHT)
    assert "make system" in str(caught.value)
    assert "unsafe_sandbox=True" in str(caught.value)
    with Sandbox(workers=1, unsafe_sandbox=True) as sandbox:
        result = sandbox.run(ADD, RIGHT)
        assert (result.outcome, result.tier, sandbox.layers.tier) == ("pass", 4, 4)
        assert any("bubblewrap" in line for line in sandbox.layers.missing)


def test_without_namespaces_landlock_and_seccomp_hold(monkeypatch: pytest.MonkeyPatch, layers: Layers, tmp_path: Path):
    monkeypatch.setattr(probe, "bubblewrap", lambda: "")
    secret = tmp_path / "secret"
    secret.write_text("x")
    bomb = Program(
        code="import os\ndef f():\n    while True:\n        try: os.fork()\n        except OSError: pass", entry="f"
    )
    try:
        with Sandbox(workers=1) as sandbox:
            assert sandbox.layers.tier == 2
            read = Program(code=f"def f(): return open({str(secret)!r}).read()", entry="f")
            assert "PermissionError" in sandbox.run(read, [Case()]).reason
            wrote = Program(code="def f(): open('out', 'w').write('x')", entry="f", collect=("out",))
            assert sandbox.run(wrote, [Case()]).files == {"out": b"x"}
            assert sandbox.run(bomb, [Case()]).outcome in ("limit", "timeout")
            assert sandbox.run(ADD, RIGHT).passed
    except UsageError as error:
        pytest.skip(str(error))


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="pip install no-such-package"):
        packages(["no-such-package"])


def test_only_the_packages_asked_for_are_seen():
    shown = {path.name for path in packages(["hypothesis"]).paths}
    assert "hypothesis" in shown
    assert "pytest" not in shown
    words = walled([], ("-c", "pass")).launch.words
    assert not [word for word in words if word.endswith(("/src", "/home", "/root", "/usr", "/etc"))]


def test_the_environment_it_starts_with_is_empty_of_ours():
    environment = walled([], ("-c", "pass")).launch.environment
    assert {"PATH", "LANG", "PYTHONHASHSEED"} <= set(environment)
    assert not {name for name in environment if "KEY" in name or "TOKEN" in name or name == "HOME"}
