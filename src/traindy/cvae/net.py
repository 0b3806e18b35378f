"""The net of the conditional variational autoencoder, as a plain module.

For a customer with articles P in the row x, and cluster c:

    w_i       = normalise(e_i + sum over the article's attributes of a_level)       article embedding, tied
    mu(x, c)  = normalise(sum over P of w_i / sqrt(|P|) + u_c)                  encoder
    q(z|x, c) = N(mu(x, c), sigma(|P|, c)^2)
    p(z|c)    = sum over m of pi_cm N(m_cm, s_cm^2)                                 learned prior
    s_i       = (normalise(z) + v_c) . w_i / t + b_i                                decoder

An empty row has q = p. Losses other than the cosine softmax use the same net without the normalisations,
which is the usual autoencoder with a dot product.
"""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class NetConfig:
    """What determines the net's shape and its fixed numbers."""

    n_articles: int
    n_levels: int
    """Levels of all article attributes together."""
    n_clusters: int
    latent_dim: int
    prior_components: int
    temperature: float
    cosine: bool
    """Whether embeddings and latents are normalised (the cosine softmax)."""

    def as_dict(self) -> dict[str, int | float | bool]:
        """Plain scalars, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Gaussian:
    """Diagonal normal distributions: mean and log standard deviation, each [..., latent_dim]."""

    mean: Tensor
    log_std: Tensor

    def sample(self) -> Tensor:
        """One reparametrised draw of each."""
        return self.mean + self.log_std.exp() * torch.randn_like(self.mean)


class CvaeNet(nn.Module):
    """Encoder, prior and decoder over shared article embeddings."""

    parts: Tensor

    def __init__(self, config: NetConfig, levels: Tensor, log_popularity: Tensor) -> None:
        """levels: int64 [n_articles, attributes], each a row of the table of levels; log_popularity
        [n_articles]: where the articles' biases start."""
        super().__init__()
        self.config = config
        d, clusters, m = config.latent_dim, config.n_clusters, config.prior_components
        scale = 1 / math.sqrt(d)
        # One table, so that composing all embeddings is one gather: an article's own row, then the levels'.
        own = torch.arange(config.n_articles)[:, None]
        self.register_buffer("parts", torch.cat([own, levels + config.n_articles], 1), persistent=False)
        self.table = nn.Parameter(torch.randn(config.n_articles + config.n_levels, d) * scale)
        self.bias = nn.Parameter(log_popularity.clone())
        self.encoder_condition = nn.Parameter(torch.zeros(clusters, d))
        self.decoder_condition = nn.Parameter(torch.zeros(clusters, d))
        self.posterior_log_std = nn.Parameter(torch.full((clusters, d), math.log(0.8 * scale)))
        self.posterior_slope = nn.Parameter(torch.zeros(()))
        self.prior_logit = nn.Parameter(torch.zeros(clusters, m))
        self.prior_mean = nn.Parameter(torch.randn(clusters, m, d) * scale * 0.1)
        self.prior_log_std = nn.Parameter(torch.full((clusters, m, d), math.log(scale)))

    def articles(self) -> Tensor:
        """The embeddings of the whole catalogue: float32 [n_articles, latent_dim]."""
        composed = F.embedding_bag(self.parts, self.table, mode="sum")
        return F.normalize(composed, dim=1) if self.config.cosine else composed

    def encode(self, articles: Tensor, bought: Tensor, row: Tensor, cluster: Tensor) -> Gaussian:
        """q(z|x, c) for rows given by their entries (row, bought), in row order; [rows, latent_dim]."""
        size = torch.bincount(row, minlength=len(cluster)).float()
        starts = torch.searchsorted(row, torch.arange(len(cluster), device=row.device))
        weight = size.clamp(min=1).rsqrt()[row]
        history = F.embedding_bag(bought, articles, starts, mode="sum", per_sample_weights=weight)
        mean = history + self.encoder_condition[cluster]
        if self.config.cosine:
            mean = F.normalize(mean, dim=1)
        slope = self.posterior_slope * torch.log1p(size)[:, None]
        return Gaussian(mean, self.posterior_log_std[cluster] + slope)

    def sample_prior(self, cluster: Tensor) -> Tensor:
        """One draw z ~ p(z|c) for each cluster given: [rows, latent_dim]. Its gradient reaches means and
        standard deviations; the components' weights are learned through the KL."""
        component = torch.multinomial(self.prior_logit[cluster].detach().softmax(1), 1)[:, 0]
        return Gaussian(self.prior_mean[cluster, component], self.prior_log_std[cluster, component]).sample()

    def kl(self, q: Gaussian, cluster: Tensor) -> Tensor:
        """KL(q || p(z|c)) in nats, [rows]; for a mixture its variational bound.

        Hershey & Olsen 2007, equation 18 with a single component on the left: exact for one component.
        """
        mean, log_std = self.prior_mean[cluster], self.prior_log_std[cluster]
        q_mean, q_log_std = q.mean[:, None], q.log_std[:, None]
        ratio = (2 * (q_log_std - log_std)).exp()
        distance = (q_mean - mean).square() * (-2 * log_std).exp()
        each = 0.5 * (ratio + distance - 1).sum(2) + (log_std - q_log_std).sum(2)
        return -torch.logsumexp(self.prior_logit[cluster].log_softmax(1) - each, 1)

    def decode(self, z: Tensor, cluster: Tensor) -> Tensor:
        """The vector whose product with the article embeddings, plus the bias, gives the logits."""
        direction = F.normalize(z, dim=1) if self.config.cosine else z
        return (direction + self.decoder_condition[cluster]) / self.config.temperature
