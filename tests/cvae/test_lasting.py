"""Evidence of the day lasts as surely as it makes better lists in the window before the last one too."""

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array

from traindy.core.config import load_params
from traindy.cvae import lasting as lasting_module
from traindy.cvae.distributed import ALONE
from traindy.cvae.evidence import REPEATS, gather
from traindy.cvae.lasting import lasting
from traindy.cvae.period import Period
from traindy.cvae.weights import KINDS
from traindy.uph import UPH

SURE, NONE = (dict.fromkeys(KINDS, chance) for chance in (1.0, 0.0))
CUSTOMERS, ARTICLES = 120, 150
CUT, EARLIER = 100, 90
POPULAR, RARE, FIRST, SECOND = range(30), range(30, 90), range(90, 120), range(120, 150)
"""What sells all the time, much or little; what begins to sell in the week before the earlier window, and in
the week before the last one."""
RANDOM = np.random.default_rng(0)


Purchases = list[tuple[int, int, int]]
"""Customer, article, day."""


def bought(*parts: tuple[range, int, int]) -> Purchases:
    """Every customer draws, for each part, `number` of its articles, on a day; parts are in order of time."""
    return [
        (customer, int(article), day)
        for articles, number, day in parts
        for customer in range(CUSTOMERS)
        for article in RANDOM.choice(articles, number, replace=False)
    ]


def uph(purchases: Purchases, until: int = CUT + 10) -> UPH:
    """Of what was bought before the day `until`; of several purchases the last day counts."""
    last = {(customer, article): day for customer, article, day in purchases if day < until}
    row, column = np.array([*last]).reshape(-1, 2).T
    matrix = csr_array(
        coo_array((np.array([*last.values()], int), (row, column)), shape=(CUSTOMERS, ARTICLES))
    )
    matrix.sort_indices()
    day = matrix.data.astype(np.int32)
    matrix.data = np.ones(len(day), np.float32)
    return UPH(matrix, day, np.ones(len(day), np.int32))


@pytest.fixture
def lasts():
    settings = load_params([]).cvae.model_copy(update={"recency_days": [7]})

    def run(
        before: Purchases, truth: Purchases, cut: int | None = CUT, whole: bool = False
    ) -> dict[str, float]:
        period = Period(uph(before), ARTICLES, cut)
        earlier = Period(uph(before, EARLIER), ARTICLES, EARLIER, whole) if cut else None
        paths = period.paths_without_net(settings, ALONE)
        evidence = gather(period.uph, ARTICLES, cut, settings.recency_days, paths)
        return lasting(period, earlier, evidence, uph(truth), np.zeros(CUSTOMERS, int), settings, ALONE)

    return run


LONG_AGO = (RARE, 1, 10), (POPULAR, 8, 20)
BEGINS, GOES_ON = (FIRST, 2, 85), (FIRST, 4, 91)
AGAIN = (SECOND, 2, 95)
LAST_WINDOW = (SECOND, 4, 100), (POPULAR, 1, 109)


def test_what_carries_from_each_window_to_the_next_lasts(lasts):
    assert lasts(bought(*LONG_AGO, BEGINS, GOES_ON, AGAIN), bought(*LAST_WINDOW)) == SURE


def test_one_window_is_not_enough(lasts):
    """What began to sell before the earlier window sells no more in it."""
    back = (POPULAR, 6, 91)
    assert lasts(bought(*LONG_AGO, BEGINS, back, AGAIN), bought(*LAST_WINDOW)) == NONE


def test_nor_is_the_window_before_for_who_has_a_history(lasts):
    old_ones = (POPULAR, 4, 100), (POPULAR, 1, 109)
    found = lasts(bought(*LONG_AGO, BEGINS, GOES_ON, AGAIN), bought(*old_ones))
    assert found["new"] < 0.05
    assert found["any"] < 0.05


@pytest.mark.parametrize(("better_from", "kinds"), [(CUT, set()), (CUT - 10, {"cold"}), (None, set(KINDS))])
def test_lists_without_a_history_are_asked_in_the_window_before_alone(lasts, monkeypatch, better_from, kinds):
    def gained(one, *_):
        return np.array([0.1, 0.2] if better_from in (one.evidence.cut, None) else [-0.1, 0.0])

    monkeypatch.setattr(lasting_module, "gained", gained)
    found = lasts(bought(*LONG_AGO, BEGINS, GOES_ON, AGAIN), bought(*LAST_WINDOW))
    assert found == {kind: float(kind in kinds) for kind in KINDS}


def test_the_less_sure_window_decides(lasts, monkeypatch):
    def gained(one, *_):
        return np.array([-0.1, 0.1, 0.1, 0.1] if one.evidence.cut == CUT else [0.1, 0.1])

    monkeypatch.setattr(lasting_module, "gained", gained)
    found = lasts(bought(*LONG_AGO, BEGINS, GOES_ON, AGAIN), bought(*LAST_WINDOW))
    assert found == {"new": 0.75, "any": 0.75, "cold": 1.0}


def test_lists_that_may_repeat_are_asked_by_themselves_with_what_was_bought_as_evidence(lasts, monkeypatch):
    """What is found for one kind of list is not what holds for another."""
    weighed = {}

    def gained(one, other, later, kind, seed):
        weighed[kind] = {name for name, weight in one.weights.items() if weight}
        return np.array([0.1] if kind == "any" else [-0.1])

    monkeypatch.setattr(lasting_module, "gained", gained)
    again = (POPULAR, 5, 90), (POPULAR, 3, 101)
    found = lasts(bought(*LONG_AGO, BEGINS, GOES_ON, AGAIN), bought(*LAST_WINDOW, *again))
    assert found == {"new": 0.0, "any": 1.0, "cold": 0.0}
    assert set(REPEATS) & weighed["any"]
    assert not set(REPEATS) & (weighed["new"] | weighed["cold"])


def test_nothing_lasts_where_the_records_do_not_reach_behind_the_earlier_window(lasts):
    assert lasts(bought((POPULAR, 8, 91), AGAIN), bought(*LAST_WINDOW)) == NONE


def test_without_days_there_is_nothing_to_ask(lasts):
    assert lasts(bought(*LONG_AGO, BEGINS, GOES_ON, AGAIN), bought(*LAST_WINDOW), cut=None) == {}


def test_what_was_known_before_the_earlier_window_is_all_that_lies_before_it(lasts, monkeypatch):
    """Also what was bought again in it, which has another day by the cut. No list holds what came later."""
    seen = []

    def spy(uph, n_articles, cut, windows, paths, *rest):
        seen.append((cut, int(uph.day.max()), uph.matrix.nnz))
        return gather(uph, n_articles, cut, windows, paths, *rest)

    before = bought(*LONG_AGO, BEGINS, GOES_ON, (POPULAR, 20, 92), AGAIN)
    known = {(customer, article) for customer, article, day in before if day < EARLIER}
    listed = {}

    def gained(one, other, later, kind, seed):
        if kind == "cold":
            lists = one.lists_without_history(ARTICLES, later.conditions)
        else:
            lists = one.rank(later.history, later.conditions, ARTICLES, exclude_bought=False)
        listed[one.evidence.cut, kind] = set(lists[lists >= 0])
        return np.array([0.1, 0.2])

    monkeypatch.setattr(lasting_module, "gather", spy)
    monkeypatch.setattr(lasting_module, "gained", gained)
    lasts(before, bought(*LAST_WINDOW))
    assert seen == [(EARLIER, 85, len(known))]
    assert {article for _, article in known} < {article for _, article, _ in before}
    for whole in (False, True):
        lasts(before, bought(*LAST_WINDOW), whole=whole)
        listable = set(range(ARTICLES)) - (
            set() if whole else {a for _, a, _ in before} - {a for _, a in known}
        )
        assert all(listed[EARLIER, kind] == listable for kind in KINDS)
        assert listed[CUT, "new"] == set(range(ARTICLES))
