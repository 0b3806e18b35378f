"""Clusters of too few customers are merged into others: what is said of a few people is said of each."""

import numpy as np
import pandas as pd

from traindy.cluster.modes import distances


def merge_small(modes: pd.DataFrame, sizes: np.ndarray, min_size: int) -> tuple[list[int], np.ndarray]:
    """The clusters that are left so that each has `min_size` customers, and where each of all goes.

    Second int32 [clusters]: places among those that are left, which stay in their order.

    modes: clusters x attributes; sizes: customers of each. The smallest goes first, whole, into the one whose
    mode differs in the fewest attributes, the first of equals, which keeps its mode; until all are large
    enough or one is left.
    """
    apart = distances(modes.to_numpy(dtype=object), modes.to_numpy(dtype=object))
    into, left, customers = np.arange(len(modes)), list(range(len(modes))), sizes.astype(np.int64)
    while len(left) > 1:
        smallest = min(left, key=lambda cluster: (customers[cluster], -cluster))
        if customers[smallest] >= min_size:
            break
        left.remove(smallest)
        nearest = min(left, key=lambda cluster: (apart[smallest, cluster], cluster))
        into[into == smallest] = nearest
        customers[nearest] += customers[smallest]
    return left, np.searchsorted(left, into).astype(np.int32)
