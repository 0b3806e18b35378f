"""Articles that resemble an article, by the model's embeddings."""

import numpy as np
import torch
from torch import Tensor


@torch.no_grad()
def similar(articles: Tensor, article: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k articles nearest to one, itself left out, and their cosines: int64 [k], float32 [k], falling.

    articles: embeddings, float32 [articles, d]; article: a place among them.
    """
    length = articles.norm(dim=1).clamp(min=1e-12)
    cosine = articles @ articles[article] / (length * length[article])
    cosine[article] = -torch.inf
    best = cosine.topk(min(k, len(cosine) - 1))
    return best.indices.cpu().numpy(), best.values.cpu().numpy()
