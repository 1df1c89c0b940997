"""How alike texts are: exact indexes over pools that grow, vectors without a model, groups and spread of vectors."""

from lamarck.likeness.by_model import ByModel
from lamarck.likeness.clusters import clusters
from lamarck.likeness.copies import Copies
from lamarck.likeness.cosine import Cosine
from lamarck.likeness.embedder import Embedder, Floats
from lamarck.likeness.farthest import farthest, gaps
from lamarck.likeness.ngrams import NGrams
from lamarck.likeness.overlap import Overlap, Shared
from lamarck.likeness.pool import Pool
from lamarck.likeness.rouge import Rouge

__all__ = [
    "ByModel",
    "Copies",
    "Cosine",
    "Embedder",
    "Floats",
    "NGrams",
    "Overlap",
    "Pool",
    "Rouge",
    "Shared",
    "clusters",
    "farthest",
    "gaps",
]
