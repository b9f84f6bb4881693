"""Search for the settings with which a network does best on a data set."""

from multimodal_zoo.training.tuning.ranges import Between, Choices
from multimodal_zoo.training.tuning.search_space import default_space
from multimodal_zoo.training.tuning.tune import Tuned, tune

__all__ = ["Between", "Choices", "Tuned", "default_space", "tune"]
