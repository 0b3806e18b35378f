"""Customers clustered by their categorical metadata with k-modes."""

from traindy.cluster.store import read_clusters

__all__ = ["read_clusters"]
