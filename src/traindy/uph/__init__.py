"""The user purchase history (UPH): a sparse customers x articles matrix of 1 and 0."""

from traindy.uph.matrix import UPH, load, merge, save

__all__ = ["UPH", "load", "merge", "save"]
