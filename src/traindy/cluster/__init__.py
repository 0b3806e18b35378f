"""Customers clustered by their categorical metadata with k-modes."""

from traindy.cluster.store import read_clusters, read_profiles

__all__ = ["read_clusters", "read_profiles"]
