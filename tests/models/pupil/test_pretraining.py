from hashlib import sha256

import pytest
from tools.pupil.pretrain import DOMAINS, rows


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("game24", "8a7bd2bab2838667"),
        ("listmachine", "51c44f70c47ab79a"),
    ],
)
def test_the_first_texts_are_those_that_the_shipped_weights_saw(name: str, digest: str) -> None:
    domain, total = DOMAINS[name], sha256()
    for row in rows(domain, 1, 800, domain.knobs):
        total.update(f"{row.ids} {row.labels} {row.weight}\n".encode())
    assert total.hexdigest()[:16] == digest


def test_only_what_follows_a_line_is_learned() -> None:
    domain = DOMAINS["listmachine"]
    for row in rows(domain, 2, 100, domain.knobs):
        learned = [token for token in row.labels if token >= 0]
        assert tuple(learned) == row.ids[-len(learned) :]
        assert row.ids.count(1) == 1
        assert row.ids[-1] == 1
