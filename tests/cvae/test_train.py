"""Training on a shop whose answer is known: two kinds of customers, each with articles of its own."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from scipy.sparse import csr_array

from traindy.core.config import load_params
from traindy.core.cut import Cut
from traindy.core.errors import UserError
from traindy.core.vocabulary import Articles
from traindy.cvae.catalogue_facts import UNSOLD
from traindy.cvae.conditions import by_attributes, by_cluster
from traindy.cvae.distributed import ALONE, join
from traindy.cvae.evidence import POPULAR, TOGETHER
from traindy.cvae.fit import Fitter
from traindy.cvae.losses import LOSSES
from traindy.cvae.module import CvaeModule
from traindy.cvae.period import Period
from traindy.cvae.rows import Rows, shuffled_batches
from traindy.cvae.train import CONDITIONED, UNCONDITIONED, train
from traindy.cvae.trainer import trainer_of
from traindy.cvae.validation import Selection
from traindy.cvae.weights import first_weights
from traindy.uph import UPH, merge

CUSTOMERS, ARTICLES = 240, 20
KIND = np.arange(CUSTOMERS) % 2
NO_TIME = Cut("per_customer", None, None, None)
SMALL = [
    "cvae.latent_dim=8", "cvae.batch_size=32", "cvae.max_epochs=12", "cvae.learning_rate=0.03",
    "cvae.members=1",
]  # fmt: skip


def make_uph(dense):
    matrix = csr_array(dense.astype(np.float32))
    return UPH(matrix, np.zeros(matrix.nnz, np.int32), np.ones(matrix.nnz, np.int32))


@pytest.fixture(scope="module")
def periods():
    """Half of a customer's own articles before validation, a sixth in it. The last ten customers are cold."""
    rng = np.random.default_rng(0)
    own = (np.arange(ARTICLES) % 2)[None] == KIND[:, None]
    draw = rng.random((CUSTOMERS, ARTICLES))
    warm = np.arange(CUSTOMERS)[:, None] < CUSTOMERS - 10
    return make_uph(own & warm & (draw < 0.5)), make_uph(own & warm & (draw > 0.5) & (draw < 0.7))


def make_fitter(*overrides, conditions=None):
    params = load_params([*SMALL, *overrides])
    ids = pa.chunked_array([[f"{i:02d}" for i in range(ARTICLES)]])
    articles = Articles(ids, pa.table({"colour": ["red", "blue"] * (ARTICLES // 2)}), ARTICLES, ARTICLES)
    return Fitter(articles, conditions or by_cluster(KIND), params.cvae, params.trainer)


@pytest.fixture(scope="module")
def models(periods):
    return train(make_fitter(), *periods, NO_TIME, None)


def own_share(lists):
    return ((lists % 2) == KIND[: len(lists), None]).mean()


def test_each_kind_is_recommended_its_own_articles(models, periods):
    # Nobody buys anything again, and some have bought nearly all of their own: these cannot have three more.
    lists = models[CONDITIONED].rank(periods[0], KIND, 3, exclude_bought=True)
    assert own_share(lists[:-10]) > 0.95


def test_a_customer_without_history_is_served_by_the_cluster_if_there_is_one(models, periods):
    nobody = make_uph(np.zeros((10, ARTICLES)))
    assert own_share(models[CONDITIONED].rank(nobody, KIND[:10], 5, exclude_bought=True)) > 0.9
    blind = models[UNCONDITIONED].rank(nobody, KIND[:10], 5, exclude_bought=True)
    assert (blind == blind[0]).all(), "without the condition every cold customer gets the same list"


def test_what_the_cluster_does_not_say_the_levels_do_for_an_unseen_combination_too(periods):
    """One cluster for all; of the eight profiles of three attributes the last has no purchases."""
    names = {name: [f"{i >> bit & 1}" for i in range(8)] for bit, name in enumerate(("kind", "club", "news"))}
    profile = np.arange(CUSTOMERS) % 8
    conditions = by_attributes(profile, pd.DataFrame({"cluster": np.zeros(8, np.int64)} | names))
    seen = (profile < 7)[:, None]
    before, during = (make_uph(period.matrix.toarray() * seen) for period in periods)
    # Enough rows hidden whole, or the levels' share is a matter of luck.
    fitter = make_fitter("cvae.ablation=false", "cvae.history_dropout=0.3", conditions=conditions)
    models = train(fitter, before, during, NO_TIME, None)
    lists = models[CONDITIONED].lists_without_history(5, np.arange(8))
    for each in range(8):
        assert (lists[each] % 2 == each % 2).mean() >= 0.8, each


def test_the_same_seed_gives_the_same_weights_and_another_does_not(models, periods):
    again = train(make_fitter(), *periods, NO_TIME, None)
    other = train(make_fitter("cvae.seed=1"), *periods, NO_TIME, None)
    for name, weights in models[CONDITIONED].net.state_dict().items():
        assert torch.equal(weights, again[CONDITIONED].net.state_dict()[name]), name
    assert not torch.equal(models[CONDITIONED].net.bias, other[CONDITIONED].net.bias)


def test_the_refit_is_the_fit_that_was_selected_again(periods):
    """On the same purchases they are the same net, beside which the evidence weighs the same."""
    fitter = make_fitter("cvae.patience=2", "cvae.learning_rate=0.3")
    period, selection = Period(periods[0], ARTICLES, None), Selection(None, 2, 0)
    selected = fitter.select(period, periods[1], selection)
    assert selection.best_epoch < fitter.settings.max_epochs, "or nothing tells the two schedules apart"
    again = fitter.refit(period, selection.best_epoch, selected.weights)
    for name, weights in selected.net.state_dict().items():
        assert torch.equal(weights, again.net.state_dict()[name]), name


def test_refit_off_keeps_the_selected_model_and_the_articles_known_then(periods):
    fitter = make_fitter("cvae.refit=false", "cvae.ablation=false")
    fitter.articles.__dict__["n_train"] = ARTICLES - 4
    models = train(fitter, *periods, NO_TIME, None)
    assert list(models) == [CONDITIONED]
    assert models[CONDITIONED].net.config.n_articles == ARTICLES - 4


def test_refit_off_ranks_with_evidence_as_of_the_test(periods):
    """Only the net stays what it was before the validation window."""
    fitter = make_fitter("cvae.refit=false")
    for model in train(fitter, *periods, NO_TIME, None).values():
        everything = Period(merge(*periods), ARTICLES, None)
        expected = fitter.refit(everything, 1, model.weights).evidence
        assert torch.equal(model.evidence.articles[POPULAR], expected.articles[POPULAR])
        together = model.evidence.paths[TOGETHER].matrix
        assert (together != expected.paths[TOGETHER].matrix).nnz == 0


def test_what_lies_after_the_cut_changes_nothing(periods):
    """Purchases of articles that a period does not know leave its weights as they are."""
    before, _ = periods
    known = ARTICLES - 4
    blind = before.matrix.toarray().copy()
    blind[:, known:] = 0
    for loss in ("cosine_softmax", "bce"):
        fitter = make_fitter(f"cvae.loss={loss}")
        seeing = fitter.refit(Period(before, known, None), epochs=1, weights=first_weights([]))
        unseeing = fitter.refit(Period(make_uph(blind), known, None), epochs=1, weights=first_weights([]))
        assert torch.equal(seeing.net.table, unseeing.net.table)


@pytest.mark.parametrize("loss", [*LOSSES, "multinomial"])
def test_every_loss_trains(periods, loss):
    models = train(make_fitter(f"cvae.loss={loss}", "cvae.ablation=false"), *periods, NO_TIME, None)
    lists = models[CONDITIONED].rank(merge(*periods), KIND, 3, exclude_bought=False)
    assert own_share(lists[:-10]) > 0.7


def test_no_validation_purchase_is_an_error(periods):
    with pytest.raises(UserError, match=r"split\.valid_fraction"):
        train(make_fitter(), periods[0], make_uph(np.zeros((CUSTOMERS, ARTICLES))), NO_TIME, None)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("devices", [1, 2])
def test_a_gpu_that_is_not_there_is_an_error(devices):
    fitter = make_fitter("trainer.accelerator=gpu", f"trainer.devices={devices}")
    said = f"trainer.accelerator=gpu, trainer.devices={devices}: not on this machine"
    with pytest.raises(UserError, match=said):
        join(fitter.trainer)
        trainer_of(fitter.trainer, ALONE, 1, [])


def test_a_smoothed_net_learns_the_same(periods):
    found = train(make_fitter("cvae.smoothing=0.5"), *periods, NO_TIME, None)[CONDITIONED]
    assert found.net.smoothing is not None
    lists = found.rank(periods[0], KIND, 3, exclude_bought=True)
    assert own_share(lists[:-10]) > 0.95
    without = train(make_fitter("cvae.smoothing=0.5", "cvae.neighbours=0"), *periods, NO_TIME, None)
    assert without[CONDITIONED].net.smoothing is None, "nothing says what is bought together"


def test_an_article_that_nobody_bought_is_recommended_by_its_attributes(periods):
    """`split.catalogue=all`: a red and a blue one stand behind those that were sold."""
    fitter, wide = make_fitter(), ((0, 0), (0, 2))
    articles = replace(
        fitter.articles,
        ids=pa.chunked_array([[f"{i:02d}" for i in range(ARTICLES + 2)]]),
        attributes=pa.table({"colour": ["red", "blue"] * (ARTICLES // 2 + 1)}),
        n_train=ARTICLES + 2,
        n_known=ARTICLES + 2,
    )
    before, during = (make_uph(np.pad(each.matrix.toarray(), wide)) for each in periods)
    model = train(replace(fitter, articles=articles), before, during, NO_TIME, None)[CONDITIONED]
    lists = model.rank(merge(before, during), KIND, ARTICLES + 2, exclude_bought=True)[:-10]
    red, blue = ((lists == article).argmax(1) for article in (ARTICLES, ARTICLES + 1))
    first = np.where(KIND[:-10] == 0, red < blue, blue < red)
    assert first.mean() > 0.95, "the one of the customer's own colour before the other"


def test_what_a_purchase_weighs_is_of_the_period_that_is_fitted(periods):
    found = train(make_fitter("cvae.popularity_discount=1.0"), *periods, NO_TIME, None)[CONDITIONED]
    popular = np.bincount(merge(*periods).matrix.indices, minlength=len(found.net.purchase_weights)) + UNSOLD
    expected = 1 / (1 + popular / popular.mean())
    assert found.net.purchase_weights.numpy() == pytest.approx(expected, rel=1e-5)
    assert own_share(found.rank(periods[0], KIND, 3, exclude_bought=True)[:-10]) > 0.95


def test_members_are_nets_of_their_own_and_learn_the_same_together(periods, models, tmp_path):
    fitter = replace(make_fitter("cvae.members=2", "cvae.ablation=false"), keep=tmp_path)
    found = train(fitter, *periods, NO_TIME, None)[CONDITIONED]
    first, second = found.net.articles().detach().chunk(2, dim=1)
    torch.testing.assert_close(first, models[CONDITIONED].net.articles())
    assert not torch.allclose(first, second)
    assert own_share(found.rank(periods[0], KIND, 3, exclude_bought=True)[:-10]) > 0.95
    nobody = make_uph(np.zeros((10, ARTICLES)))
    assert own_share(found.rank(nobody, KIND[:10], 5, exclude_bought=True)) > 0.9
    kept = {file.stem for file in tmp_path.glob("*.ckpt")}
    assert kept == {"select", "select-2", "refit", "refit-2"}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU that torch can see")
def test_on_a_gpu_the_same_is_learned_and_stays_there(periods):
    found = train(make_fitter("trainer.accelerator=gpu"), *periods, NO_TIME, None)[CONDITIONED]
    assert found.net.bias.is_cuda
    lists = found.rank(periods[0], KIND, 3, exclude_bought=True)
    assert own_share(lists[:-10]) > 0.95


def test_the_same_rows_of_fewer_customers_say_less_of_their_condition(periods):
    """The prior of what a condition adds is one customer's weight among one, among many next to nothing."""
    fitter, lengths = make_fitter(), []
    period = Period(periods[0], ARTICLES, None)
    rows = Rows(periods[0], KIND, ARTICLES)
    for customers in (1, len(KIND), 1000 * len(KIND)):
        net = fitter.net(period, None)
        module = CvaeModule(net, rows, fitter.settings, "fp32", customers)
        trainer = trainer_of(fitter.trainer, ALONE, 8, [])
        trainer.fit(module, shuffled_batches(np.arange(len(KIND)), 16, 0))
        lengths.append(net.decoder_condition.norm().item())
    assert lengths[0] < lengths[1] < lengths[2]


@pytest.mark.parametrize(("batches", "expected"), [(1, 5.0), (8, 3.125), (32, 3.0)])
def test_the_net_is_the_mean_of_what_was_trained_over_half_an_epoch(periods, batches, expected):
    """1, 2, 3, 4, 5 after the steps: of 8 a share of 1, 1/2, 1/3, 1/4, 1/4; of 32 every other is taken."""
    fitter = make_fitter()
    period = Period(periods[0], ARTICLES, None)
    net = fitter.net(period, None)
    module = CvaeModule(net, Rows(periods[0], KIND, ARTICLES), fitter.settings, "32-true", 1)
    for step in range(1, 6):
        module._trainer = SimpleNamespace(num_training_batches=batches, global_step=step)
        module.trained.bias.data.fill_(step)
        module.on_train_batch_end()
    assert net.bias.tolist() == [expected] * ARTICLES
