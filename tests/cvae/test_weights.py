"""What the evidence weighs before it is fitted, and where what was fitted is not taken whole."""

from traindy.cvae.weights import Weights, between, first_weights, modest


def test_bayes_rule_is_shared_evenly_by_the_windows():
    assert first_weights([7, 28]).new == {"net": 1.0, "recent_7": 0.5, "recent_28": 0.5}


def test_a_quarter_of_it_stays_and_nothing_else_moves():
    fitted = {"net": 0.6, "popular": 0.2, "recent_7": 0.0, "recent_28": 0.0, "age_0": 0.0}
    little = fitted | {"recent_7": 0.125, "recent_28": 0.125}
    assert modest(Weights(fitted, fitted, fitted), [7, 28]) == Weights(little, little, little)
    assert fitted["recent_7"] == 0, "the weights that were given are as they were"


def test_where_there_are_no_days_nothing_is_added():
    fitted = Weights({"net": 0.6}, {"net": 0.7}, {"net": 0.8})
    assert modest(fitted, [7, 28]) == modest(fitted, []) == fitted


def test_between_two_weights_lies_a_share_of_the_way():
    one, other = {"net": 0.6, "recent_7": 0.0}, {"net": 0.2, "recent_7": 1.0}
    assert between(one, other, 0.25) == {"net": 0.5, "recent_7": 0.25}
    assert between(one, other, 0) == one
    assert between(one, other, 1) == other
