"""What a learner remembers outside its weights: versions in the run folder, searched exactly, in process."""

from lamarck.likeness.embedder import Embedder
from lamarck.likeness.ngrams import NGrams
from lamarck.memory.files import MEMORY, Disk, ReadOnly
from lamarck.memory.lines import line
from lamarck.memory.session import Session
from lamarck.memory.version import Version
from lamarck.memory.versions import Versions

__all__ = ["MEMORY", "Disk", "Embedder", "NGrams", "ReadOnly", "Session", "Version", "Versions", "line"]
