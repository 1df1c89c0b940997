"""k-means: finds what is there, and always the same."""

import numpy as np

from lamarck.likeness import NGrams
from lamarck.likeness.clusters import clusters
from lamarck.likeness.embedder import Floats


def blobs(n: int = 40, seed: int = 0) -> Floats:
    """Rows around three far points, in turn."""
    rng = np.random.default_rng(seed)
    centres = np.eye(3, 384, dtype=np.float32)
    found = centres[np.arange(n) % 3] + rng.normal(0, 0.001, (n, 384)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_rows_that_lie_together_share_a_cluster():
    for seed in range(20):
        assert clusters(blobs(), 3, seed).tolist() == [i % 3 for i in range(40)]


def test_it_ends_where_no_row_would_be_nearer_to_another_centre():
    vectors = NGrams()([f"{a}+{b}" for a in range(12) for b in range(12)])
    labels = clusters(vectors, 5, 1)
    centres = np.stack([vectors[labels == label].mean(axis=0, dtype=np.float64) for label in range(5)])
    nearest = ((vectors[:, None].astype(np.float64) - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == labels).all()


def test_the_seed_decides_and_nothing_else():
    vectors = NGrams()([f"{a}*{b}" for a in range(15) for b in range(15)])
    assert (clusters(vectors, 4, 7) == clusters(vectors.copy(), 4, 7)).all()
    assert len({tuple(clusters(vectors, 4, seed).tolist()) for seed in range(4)}) > 1


def test_fewer_different_rows_give_fewer_clusters():
    assert clusters(np.repeat(blobs(2), 5, axis=0), 4, 0).tolist() == [0] * 5 + [1] * 5
    assert clusters(blobs(1), 4, 0).tolist() == [0]
    assert clusters(blobs(0), 4, 0).tolist() == []
    assert clusters(np.zeros((3, 384), np.float32), 2, 0).tolist() == [0, 0, 0]
