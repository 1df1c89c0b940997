"""Short stories to be told in shots, and frames drawn of them."""

from lamarck.environments.stories.drawing import frame
from lamarck.environments.stories.environment import Stories
from lamarck.environments.stories.shots import Shot, shots

__all__ = ["Shot", "Stories", "frame", "shots"]
