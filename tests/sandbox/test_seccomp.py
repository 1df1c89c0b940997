"""The filter, run step by step as the kernel would, on both machines it has a table for."""

import pytest

from lamarck.sandbox.guest import seccomp

ALLOW, KILL, DONE = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS, FAMILY = 0x00050001, 0x00050026, 0x00050061
MACHINES = tuple(seccomp.MACHINES)
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
READ, CLONE, SOCKET, PAIR, MMAP, IOCTL = "read", "clone", "socket", "socketpair", "mmap", "ioctl"
NUMBERS = {
    "x86_64": {READ: 0, CLONE: 56, SOCKET: 41, PAIR: 53, MMAP: 9, IOCTL: 16, "unshare": 272, "ptrace": 101},
    "aarch64": {READ: 63, CLONE: 220, SOCKET: 198, PAIR: 199, MMAP: 222, IOCTL: 29, "unshare": 97, "ptrace": 117},
}


def answered(
    machine: str, number: int, *arguments: int, audit: int | None = None, named: bool = True, bare: bool = False
) -> int:
    """What the kernel would answer."""
    words = {0: number, 4: AUDIT[machine] if audit is None else audit}
    words |= {16 + 8 * at: value & 0xFFFFFFFF for at, value in enumerate(arguments)}
    program = seccomp.instructions(machine, named_sockets=named, bare=bare)
    at, held = 0, 0
    while True:
        code, yes, no, operand = program[at]
        at += 1
        if code == 0x20:
            held = words.get(operand, 0)
        elif code == 0x54:
            held &= operand
        elif code == 0x06:
            return operand
        else:
            found = {0x15: held == operand, 0x25: held > operand, 0x45: bool(held & operand)}[code]
            at += yes if found else no


@pytest.mark.parametrize("machine", MACHINES)
def test_ordinary_calls_go_through(machine: str):
    numbers = NUMBERS[machine]
    assert answered(machine, numbers[READ]) == ALLOW
    assert answered(machine, numbers[CLONE], 0x003D0F00) == ALLOW  # a thread
    assert answered(machine, numbers[CLONE], 17) == ALLOW  # a process
    assert answered(machine, numbers[SOCKET], 1) == ALLOW
    assert answered(machine, numbers[MMAP], 0, 4096, 3, 0x22) == ALLOW  # private memory
    assert answered(machine, numbers[MMAP], 0, 4096, 3, 0x01) == ALLOW  # a shared file
    assert answered(machine, numbers[IOCTL], 1, 0x5401) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_dangerous_calls_do_not(machine: str):
    numbers = NUMBERS[machine]
    assert answered(machine, numbers["unshare"]) == EPERM
    assert answered(machine, numbers["ptrace"]) == EPERM
    for flag in (0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert answered(machine, numbers[CLONE], flag | 17) == EPERM
    assert answered(machine, 435) == ENOSYS
    for family in (2, 10, 16, 17, 38, 40):
        assert answered(machine, numbers[SOCKET], family) == FAMILY
        assert answered(machine, numbers[PAIR], family) == FAMILY
    assert answered(machine, numbers[MMAP], 0, 4096, 3, 0x21) == EPERM  # shared, and no file
    assert answered(machine, numbers[IOCTL], 0, 0x5412) == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_newer_than_the_table_are_not_there(machine: str):
    assert answered(machine, seccomp.NEWEST + 1) == ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_another_architecture_is_killed(machine: str):
    assert answered(machine, 0, audit=0x40000003) == KILL
    assert answered(machine, 0x40000000) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_without_a_wall_for_abstract_sockets_only_pairs_are_left(machine: str):
    assert answered(machine, NUMBERS[machine][SOCKET], 1, named=False) == FAMILY
    assert answered(machine, NUMBERS[machine][PAIR], 1, named=False) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_without_namespaces_no_other_process_and_no_file_that_cannot_be_opened_is_changed(machine: str):
    column = seccomp.MACHINES[machine].column
    for table, answer in ((seccomp.OF_FILES, DONE), (seccomp.OWNERS, EPERM)):
        for number in (numbers[column] for numbers in table.values()):
            if number is not None:
                assert answered(machine, number, bare=True) == answer
                assert answered(machine, number) == ALLOW
    for *numbers, whose in seccomp.OF_OTHERS.values():
        others = [0] * whose + [4711]
        assert answered(machine, numbers[column], *others, bare=True) == EPERM
        assert answered(machine, numbers[column], *others) == ALLOW
        assert answered(machine, numbers[column], bare=True) == ALLOW  # its own
    assert answered(machine, NUMBERS[machine][SOCKET], 1, 1, bare=True) == FAMILY
    assert answered(machine, NUMBERS[machine][PAIR], 1, 0x80001, bare=True) == ALLOW
    assert answered(machine, NUMBERS[machine][PAIR], 1, 0x80002, bare=True) == FAMILY  # datagrams have addresses


def test_the_tables_name_no_call_twice():
    for column in range(2):
        tables = (seccomp.DENIED, seccomp.OF_FILES, seccomp.OWNERS, seccomp.OF_OTHERS)
        numbers = [row[column] for table in tables for row in table.values() if row[column] is not None]
        assert len(numbers) == len(set(numbers))
