"""Customers clustered by their categorical metadata with k-modes."""

# "x as x" hands a name on; __all__ would hide the modules from the API's pages.
from traindy.cluster.store import read_clusters as read_clusters
from traindy.cluster.store import read_profiles as read_profiles
