"""The simulated shop: calibrated, consistent, reproducible, and its oracle right by hand."""

import csv

import numpy as np
import pyarrow as pa
import pytest

from traindy.core.config import load_params
from traindy.core.errors import UserError
from traindy.simulate.oracle import load_truth, segment, segment_now, true_taste
from traindy.simulate.report import compare
from traindy.simulate.shelves import Shelves
from traindy.simulate.shop import make_shop, write_shop
from traindy.simulate.truth import write_truth

SMALL = ["simulate.customers=300", "simulate.articles=120", "simulate.days=120"]


@pytest.fixture(scope="module")
def default():
    return make_shop(load_params([]).simulate)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    shop = make_shop(load_params(SMALL).simulate)
    folder = tmp_path_factory.mktemp("shop")
    write_shop(shop, folder)
    write_truth(shop, folder)
    return shop, folder


def read(folder, stem):
    with (folder / f"{stem}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_default_shop_is_calibrated(default, tmp_path):
    """Within 10 %, whole numbers within 1; what there are few of within what chance allows."""
    off = []
    for topic, statistics in compare(default, write_shop(default, tmp_path)).items():
        loose = topic in ("metadata", "mean_rows_by_attribute")
        for name, pair in {} if topic.endswith("at_full_size") else statistics.items():
            real, simulated = pair["real"], pair["simulated"]
            whole = isinstance(real, int)
            allowed = max(1 if whole else 0, (0.15 if loose else 0.1) * real)
            if abs(simulated - real) > allowed + 1e-9:
                off.append((topic, name, pair))
    assert not off


def test_the_year_has_its_published_peaks_and_lows(default):
    month = (default.first_day + default.rows.day.astype(int)).astype("datetime64[M]").astype(int) % 12
    rows = np.bincount(month[default.rows.day < 730], minlength=12)  # every month twice
    assert set(np.argsort(rows)[-3:]) == {4, 5, 6}
    assert rows[[10, 11, 0, 1]].max() < rows.mean()


def test_the_default_size_is_what_it_says(default):
    assert 430_000 < len(default.rows.day) < 490_000
    assert len(default.customer_ids) == 20_000 and len(default.article_ids) == 5_000


def test_new_customers_and_new_articles_appear_after_any_cut(default):
    rows = default.rows
    for cut in (200, 514, 700):
        late = rows.day >= cut
        assert np.setdiff1d(rows.customer[late], rows.customer[~late]).size > 0
        assert np.setdiff1d(rows.article[late], rows.article[~late]).size > 0


def test_segments_show_in_the_metadata_and_tastes_around_them(default):
    customers = default.customers
    np.testing.assert_allclose(customers.taste.sum(1), 1, atol=1e-4)
    np.testing.assert_allclose(customers.segment_taste.sum(1), 1)
    mean = np.stack(
        [customers.taste[customers.segment == s].mean(0) for s in range(len(customers.segment_taste))]
    )
    np.testing.assert_allclose(mean, customers.segment_taste, atol=0.03)


def test_the_raw_files_have_hms_schema(small):
    shop, folder = small
    transactions, customers, articles = (
        read(folder, n) for n in ("transactions_train", "customers", "articles")
    )
    assert list(transactions[0]) == ["t_dat", "customer_id", "article_id", "price", "sales_channel_id"]
    assert list(customers[0]) == [
        "customer_id", "FN", "Active", "club_member_status", "fashion_news_frequency", "age", "postal_code",
    ]  # fmt: skip
    assert len(articles[0]) == 25
    assert {len(c["customer_id"]) for c in customers} == {64}
    for article in articles:
        assert len(article["article_id"]) == 10
        assert article["article_id"][:7] == article["product_code"].zfill(7)
    assert (
        len({a["article_id"] for a in articles}) == 120 and len({c["customer_id"] for c in customers}) == 300
    )
    known = {c["customer_id"] for c in customers}, {a["article_id"] for a in articles}
    assert {t["customer_id"] for t in transactions} <= known[0]
    assert {t["article_id"] for t in transactions} <= known[1]
    days = [t["t_dat"] for t in transactions]
    assert days == sorted(days) and days[0] >= "2018-09-20" and days[-1] < "2019-01-18"
    assert len(transactions) == len(shop.rows.day)


def test_the_same_seed_is_the_same_bytes_and_another_is_not(small, tmp_path):
    _, folder = small
    for name, override in (("same", []), ("other", ["simulate.seed=1"])):
        shop = make_shop(load_params([*SMALL, *override]).simulate)
        (tmp_path / name).mkdir()
        write_shop(shop, tmp_path / name)
        write_truth(shop, tmp_path / name)
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / "same" / file.name).read_bytes()
        assert file.read_bytes() != (tmp_path / "other" / file.name).read_bytes()


def test_shelves_draw_in_proportion_to_appeal_and_from_their_own_articles(small):
    shop, _ = small
    articles, rng = shop.articles, np.random.default_rng(0)
    shelves = Shelves(articles)
    style = int(articles.style[articles.appeal[5].argmax()])
    drawn = shelves.draw(np.full(20_000, 5), np.full(20_000, style), shelves.style_ends, rng)
    assert set(articles.style[drawn]) == {style}
    share = np.bincount(drawn, minlength=120) / 20_000
    np.testing.assert_allclose(
        share, np.where(articles.style == style, articles.share_of_style()[5], 0), atol=0.02
    )


def test_the_oracles_by_hand(small):
    shop, folder = small
    truth = load_truth(folder)
    customers, articles = (
        pa.array(shop.customer_ids[[7, 3]]),
        pa.array(shop.article_ids[[100, 0, 50]].tolist()),
    )
    first = truth.first_day
    window = first + 14, first + 28
    share = shop.articles.share_of_style()
    sold = sum(truth.rows_a_week[w] * share[w, [100, 0, 50]] for w in (2, 3))
    style = shop.articles.style[[100, 0, 50]]
    own = true_taste(truth, customers, articles, window).scores(np.array([1, 0]))
    np.testing.assert_allclose(own, shop.customers.taste[[3, 7]][:, style] * sold, rtol=1e-4)
    mean = segment(truth, customers, articles, window).scores(np.array([0]))
    of = shop.customers.segment[7]
    np.testing.assert_allclose(mean[0], shop.customers.segment_taste[of][style] * sold, rtol=1e-4)
    now = segment_now(truth, customers, articles, window).scores(np.array([0]))
    before = truth.rows_a_week[1] * share[1, [100, 0, 50]]
    np.testing.assert_allclose(now[0], shop.customers.segment_taste[of][style] * before, rtol=1e-4)
    for day in range(7):  # the week that the window begins in is not over
        later = segment_now(truth, customers, articles, (window[0] + day, window[1])).scores(np.array([0]))
        np.testing.assert_array_equal(later, now)
    whole = true_taste(truth, customers, articles, (None, None))
    assert whole.window.sum() > own.sum()


def test_ids_of_another_shop_and_a_damaged_truth_are_refused(small, tmp_path):
    _, folder = small
    truth = load_truth(folder)
    with pytest.raises(UserError, match="1 ids of the split are not the simulated shop's"):
        true_taste(truth, pa.array(["nobody"]), truth.article_ids, (None, None))
    with pytest.raises(UserError, match=r"not the simulator's truth .*run `dvc repro simulate`"):
        load_truth(tmp_path)
