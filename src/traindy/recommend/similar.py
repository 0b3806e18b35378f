"""Articles that resemble an article, by the model's embeddings."""

import numpy as np
import torch

from traindy.cvae.net import CvaeNet


@torch.no_grad()
def similar(net: CvaeNet, article: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k articles nearest to one, itself left out, and their cosines: int64 [k], float32 [k], falling."""
    unit = torch.nn.functional.normalize(net.articles(), dim=1)
    cosine = unit @ unit[article]
    cosine[article] = -torch.inf
    best = cosine.topk(min(k, len(cosine) - 1))
    return best.indices.cpu().numpy(), best.values.cpu().numpy()
