"""The user purchase history (UPH): a sparse customers x articles matrix of 1 and 0."""

from traindy.uph.matrix import UPH, empty, load, merge, save, stack

__all__ = ["UPH", "empty", "load", "merge", "save", "stack"]
