"""Continual pre-training: every token of whole texts, packed into rows of the full length.

Source: packing as in GPT-3 (arXiv:2005.14165), appendix B: texts one after the other with an end mark between them.
Differs: a text may go on in the next row, and attention looks back over the end mark, as there.
"""

from lamarck.trainers.trl.sft import FIGURES, SFT, trainer

__all__ = ["FIGURES", "SFT", "trainer"]
