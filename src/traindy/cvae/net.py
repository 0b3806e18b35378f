"""The net of the conditional variational autoencoder, as a plain module.

For a customer with articles P in the row x, and condition c:

    o_i       = normalise(e_i + sum over the article's levels of a_level)           an article's own embedding
    w_i       = normalise((1 - a) o_i + a sum over j of A_ij o_j)                   smoothed, tied
    mu(x, c)  = normalise(sum over P of g_i w_i / sqrt(sum over P of g_i^2) + u_c)  encoder
    q(z|x, c) = N(mu(x, c), sigma(|P|, c)^2)
    p(z|c)    = N(m_c, s_c^2)                                                       learned prior
    s_i       = (normalise(z) + v_c) . w_i / t + b_i                                decoder

g_i is what a purchase of the article weighs, see `catalogue_facts.purchase_weights`; where all weigh the
same the sum is divided by sqrt(|P|).

The condition is the customer's cluster, or the cluster and the levels of the customer's metadata; then u_c,
v_c and m_c are sums over these, and s and sigma are the cluster's. An empty row has q = p. Losses
other than the cosine softmax use the same net without the normalisations. Where several nets are one
(`ensemble.united`), every vector is a row of parts, one of each net, and each part is normalised by itself.

u, v and what a condition adds to m have a prior too: `condition_penalty`.
"""

import math
from dataclasses import asdict, dataclass

import torch
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn import functional as F

from traindy.cvae.compose import Composition
from traindy.cvae.gaussian import Gaussian, kl
from traindy.cvae.smoothing import Smoothing
from traindy.cvae.sums import sums_of_rows
from traindy.cvae.unit import unit


@dataclass(frozen=True)
class NetConfig:
    """What determines the net's shape and its fixed numbers."""

    n_articles: int
    n_levels: int
    """Levels of all article attributes together, words included."""
    n_clusters: int
    latent_dim: int
    temperature: float
    cosine: bool
    """Whether embeddings and latents are normalised (the cosine softmax)."""
    n_customer_levels: int = 0
    """Levels of the customers' metadata in the condition; 0: the cluster alone."""
    smoothing: float = 0.0
    """Share of an article's embedding that its neighbours have."""
    members: int = 1
    """Parts of the latent vector, each of a net that was trained by itself."""

    def as_dict(self) -> dict[str, int | float | bool]:
        """Plain scalars, for JSON."""
        return asdict(self)


class CvaeNet(nn.Module):
    """Encoder, prior and decoder over shared article embeddings."""

    conditions: Tensor
    levels: Tensor
    purchase_weights: Tensor

    def __init__(
        self,
        config: NetConfig,
        levels: Tensor,
        log_popularity: Tensor,
        conditions: Tensor | None = None,
        table: Tensor | None = None,
        graph: csr_array | None = None,
        purchase_weights: Tensor | None = None,
    ) -> None:
        """levels: int64 [n_articles, levels of each], -1 for none; log_popularity [n_articles]: where the
        articles' biases start. conditions: int64 [conditions, 1 + levels], the cluster and then the levels,
        numbered from n_clusters on; None: the clusters themselves. table: of embeddings; None: drawn. graph:
        see `Smoothing`; None: there is none. purchase_weights: float32 [n_articles], above 0; None: 1."""
        super().__init__()
        self.config = config
        d, clusters = config.latent_dim, config.n_clusters
        scale = 1 / math.sqrt(d)
        self.register_buffer("levels", levels, persistent=False)
        self.composition = Composition(levels, config.n_levels)
        self.smoothing = None if graph is None else Smoothing(graph, config.smoothing)
        given = torch.arange(clusters)[:, None] if conditions is None else conditions
        self.register_buffer("conditions", given, persistent=False)
        rows = config.n_articles + config.n_levels
        self.table = nn.Parameter(torch.randn(rows, d) * scale if table is None else table)
        self.bias = nn.Parameter(log_popularity.clone())
        weights = torch.ones(config.n_articles) if purchase_weights is None else purchase_weights
        self.register_buffer("purchase_weights", weights)
        n_parts = clusters + config.n_customer_levels
        self.encoder_condition = nn.Parameter(torch.zeros(n_parts, d))
        self.decoder_condition = nn.Parameter(torch.zeros(n_parts, d))
        self.prior_condition = nn.Parameter(torch.zeros(n_parts, d))
        self.posterior_log_std = nn.Parameter(torch.full((clusters, d), math.log(0.8 * scale)))
        self.posterior_slope = nn.Parameter(torch.zeros(config.members))
        self.prior_mean = nn.Parameter(torch.randn(clusters, d) * scale * 0.1)
        self.prior_log_std = nn.Parameter(torch.full((clusters, d), math.log(scale)))

    def articles(self) -> Tensor:
        """The embeddings of the whole catalogue: float32 [n_articles, latent_dim]."""
        composed = self.scaled(self.composition(self.table))
        return composed if self.smoothing is None else self.scaled(self.smoothing(composed))

    def scaled(self, vectors: Tensor) -> Tensor:
        """[rows, latent_dim], each part brought to length 1 where the net works with cosines."""
        return unit(self.parts(vectors)).flatten(1) if self.config.cosine else vectors

    def parts(self, vectors: Tensor) -> Tensor:
        """The members' parts of some vectors: [rows, members, latent_dim / members] of [rows, latent_dim]."""
        return vectors.unflatten(1, (self.config.members, -1))

    def drop_table(self) -> None:
        """Let go of what the articles' embeddings are composed of, most of the net's memory."""
        self.table = nn.Parameter(self.table[:0].detach().clone())
        self.levels = self.levels[:0].clone()
        self.composition = Composition(self.levels, 0)
        self.smoothing = None

    def encode(self, articles: Tensor, bought: Tensor, row: Tensor, condition: Tensor) -> Gaussian:
        """q(z|x, c) for rows given by their entries (row, bought), in row order; [rows, latent_dim].

        condition: int64 [rows], here and below places in `conditions`.
        """
        size = torch.bincount(row, minlength=len(condition)).float()
        weight = self.purchase_weights[bought]
        weight = weight * torch.bincount(row, weight.square(), len(condition)).float().rsqrt()[row]
        history = sums_of_rows(articles, row, bought, len(condition), weight)
        mean = history + self.encoder_shift(condition)
        slope = self.posterior_slope * torch.log1p(size)[:, None]
        log_std = self.parts(self._of_cluster(self.posterior_log_std, condition)) + slope[:, :, None]
        return Gaussian(self.scaled(mean), log_std.flatten(1))

    def encoder_shift(self, condition: Tensor) -> Tensor:
        """u_c, what a condition adds to the sum over the history: [rows, latent_dim]."""
        return self._of_condition(self.encoder_condition, condition)

    def sample_prior(self, condition: Tensor) -> Tensor:
        """One draw z ~ p(z|c) for each condition given: [rows, latent_dim]."""
        return self.prior(condition).sample()

    def prior(self, condition: Tensor) -> Gaussian:
        """p(z|c) of each condition given: [rows, latent_dim]."""
        mean = self._of_cluster(self.prior_mean, condition)
        mean = mean + self._of_condition(self.prior_condition, condition)
        return Gaussian(mean, self._of_cluster(self.prior_log_std, condition))

    def kl(self, q: Gaussian, condition: Tensor) -> Tensor:
        """KL(q || p(z|c)) in nats: [rows]."""
        return kl(q, self.prior(condition))

    def condition_penalty(self) -> Tensor:
        """-log p(u, v, m) but for a constant, under the prior N(0, 1/d) of each of their numbers; in nats.

        A priori a cluster or level adds a vector as long as one article's embedding. Without it a level that
        few customers have learns these few by heart, and says too much of the next one who has it.
        """
        added = torch.stack([self.encoder_condition, self.decoder_condition, self.prior_condition])
        return 0.5 * self.config.latent_dim * added.square().sum()

    def decode(self, z: Tensor, condition: Tensor) -> Tensor:
        """The vector whose product with the article embeddings, plus the bias, gives the logits."""
        shift = self._of_condition(self.decoder_condition, condition)
        return (self.scaled(z) + shift) / self.config.temperature

    def _of_cluster(self, table: Tensor, condition: Tensor) -> Tensor:
        # The gradient of an embedding takes a tenth of the time of an index's.
        return F.embedding(self.conditions[condition, 0], table)

    def _of_condition(self, table: Tensor, condition: Tensor) -> Tensor:
        parts = self.conditions[condition]
        row = torch.arange(len(parts), device=parts.device).repeat_interleave(parts.shape[1])
        return sums_of_rows(table, row, parts.flatten(), len(parts))
