"""Prompts to a small model, and what it writes."""

from collections.abc import Sequence
from random import Random

from lamarck.models.pupil import tokenizer
from lamarck.models.pupil.decode import Decoder
from lamarck.models.pupil.draws import Draw, Manner
from lamarck.models.pupil.sampler import sample

SEED = 20_241_121


def answers(
    decoder: Decoder, prompts: Sequence[str], *, samples: int = 1, temperature: float = 0.0, longest: int = 32
) -> list[list[str]]:
    """The texts for each prompt, from seeds that are the same in every call."""
    rng = Random(SEED)
    draws = [
        Draw(ids=tuple(tokenizer.encode(prompt)), seeds=tuple(rng.getrandbits(64) for _ in range(samples)))
        for prompt in prompts
    ]
    drawn = sample(decoder, draws, Manner(temperature=temperature, max_tokens=longest))
    return [[tokenizer.decode(one.tokens) for one in each] for each in drawn]
