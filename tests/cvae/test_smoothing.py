"""Smoothed embeddings: by hand, the gradient checked, kept by a trained model."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from traindy.cvae.net import CvaeNet, NetConfig
from traindy.cvae.smoothing import Smoothing, graph_of

TOGETHER = csr_array(np.array([[0, 3, 1, 2], [3, 0, 0, 0], [0, 0, 0, 0], [2, 2, 0, 0]], np.float32))


def test_the_strongest_neighbours_stay_and_add_up_to_one():
    graph = graph_of(TOGETHER, keep=2).toarray()
    assert graph[0] == pytest.approx([0, 0.6, 0, 0.4])
    assert graph[1] == pytest.approx([1, 0, 0, 0])
    assert graph[2] == pytest.approx([0, 0, 0, 0]), "bought with nothing"
    assert graph[3] == pytest.approx([0.5, 0.5, 0, 0])


def test_some_of_an_embedding_comes_from_its_neighbours():
    graph, articles = graph_of(TOGETHER, keep=2), torch.randn(4, 3)
    expected = 0.7 * articles.numpy() + 0.3 * graph.toarray() @ articles.numpy()
    assert Smoothing(graph, 0.3)(articles).numpy() == pytest.approx(expected, abs=1e-6)


def test_the_gradient_goes_back_along_the_graph():
    smoothing = Smoothing(graph_of(TOGETHER, keep=2), 0.3).double()
    assert torch.autograd.gradcheck(smoothing, torch.randn(4, 3, dtype=torch.float64, requires_grad=True))


def test_its_graph_is_what_it_was_made_of():
    graph = graph_of(TOGETHER, keep=2)
    assert (Smoothing(graph, 0.3).graph() != graph).nnz == 0


@pytest.mark.parametrize("cosine", [True, False])
def test_a_net_composes_then_smooths(cosine):
    levels = torch.tensor([[0], [0], [1], [-1]])
    config = NetConfig(4, 2, 1, 3, 0.1, cosine, smoothing=0.4)
    net = CvaeNet(config, levels, torch.zeros(4), graph=graph_of(TOGETHER, keep=2))
    plain = CvaeNet(config, levels, torch.zeros(4), table=net.table.detach())
    own = plain.articles()
    smoothed = torch.lerp(own, torch.from_numpy(graph_of(TOGETHER, keep=2).toarray()) @ own, 0.4)
    expected = torch.nn.functional.normalize(smoothed, dim=1) if cosine else smoothed
    assert net.articles().detach().numpy() == pytest.approx(expected.detach().numpy(), abs=1e-6)
    net.drop_table()
    assert net.smoothing is None
