"""Item-kNN: articles bought by the same customers."""

import numpy as np
from implicit.nearest_neighbours import ItemItemRecommender
from scipy.sparse import csr_array, csr_matrix

from traindy.baselines.ranking import Recommender, Scored
from traindy.baselines.training import Training, purchases


def item_knn(data: Training, neighbours: int, threads: int, cold: Recommender) -> Scored:
    """Scores are sums over the history of cosine similarities, `neighbours` for each article.

    Deshpande & Karypis 2004. Articles without any similarity to the history follow in order of popularity.
    """
    norm = np.sqrt(np.maximum(data.matrix.sum(0), 1)).astype(np.float32)
    unit = csr_matrix(
        (1 / norm[data.matrix.indices], data.matrix.indices, data.matrix.indptr), data.matrix.shape
    )
    model = ItemItemRecommender(
        K=neighbours + 1, num_threads=threads
    )  # an article is its own first neighbour
    model.fit(unit, show_progress=False)
    similarity = csr_array(model.similarity.astype(np.float32))
    overall = purchases(data, None)[0]
    # Below any cosine that counts, so that it decides among zeroes only.
    popular = (1e-6 * overall / max(overall.max(), 1)).astype(np.float32)

    def score(rows: csr_array) -> np.ndarray:
        scores = (rows @ similarity).toarray()
        scores += popular
        return scores

    return Scored(data.n_articles, score, cold)
