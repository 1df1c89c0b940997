"""Scripted dialogues over days, with facts that change."""

from lamarck.environments.diary.environment import Diary

__all__ = ["Diary"]
