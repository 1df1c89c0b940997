"""What a small model can do with numbers: synthetic problems, and real puzzles that are not sealed."""

from collections.abc import Sequence
from random import Random

from asking import SEED, answers

from lamarck.core import Estimate, interval, pass_at_k
from lamarck.environments.game24 import corpus
from lamarck.environments.game24.puzzles import TARGET, splits
from lamarck.environments.game24.verify import verify
from lamarck.models.pupil.decode import Decoder

Item = tuple[tuple[int, ...], int]


def skills(decoder: Decoder, samples: int) -> dict[str, Estimate]:
    """Synthetic problems by number count (greedy); the puzzles of the practice and selection splits."""

    def greedy(items: Sequence[Item]) -> Estimate:
        return interval([float(right) for (right,) in _rulings(decoder, items, 1, 0.0)])

    found = {f"{size} numbers, greedy": greedy(_synthetic(size, 500)) for size in (2, 3, 4)}
    puzzles = [(numbers, TARGET) for split in ("practice", "selection") for numbers in splits()[split]]
    found["real puzzles, greedy"] = greedy(puzzles)
    right = [sum(each) for each in _rulings(decoder, puzzles, samples, 1.0)]
    for k in (1, 16):
        found[f"real puzzles, pass@{k}"] = interval([pass_at_k(samples, n, k) for n in right])
    return found


def _rulings(decoder: Decoder, items: Sequence[Item], samples: int, temperature: float) -> list[list[bool]]:
    """Whether each sample of each item is right."""
    prompts = [corpus.prompt_text(numbers, target) for numbers, target in items]
    texts = answers(decoder, prompts, samples=samples, temperature=temperature)
    return [
        [verify(numbers, target, text).right for text in each]
        for (numbers, target), each in zip(items, texts, strict=True)
    ]


def _synthetic(size: int, n: int) -> list[Item]:
    """Problems as pretraining makes them, from a seed it does not use."""
    rng, found = Random(SEED + size), dict[Item, None]()
    while len(found) < n:
        prompt, _ = corpus.problem(rng, sizes=(float(size == 2), float(size == 3), float(size == 4)), target_24=0.0)
        numbers, _, target = prompt.rstrip("|").partition(">")
        found[tuple(map(int, numbers.split())), int(target)] = None
    return list(found)
