"""Sums of docs/scaling.md, by hand."""

import json
from dataclasses import replace

import pytest
from scaling import AIMED_AT, DOCS, MEASURED, STAGES, TARGET, rates
from scaling_page import page
from scaling_sums import Card, Rate, article_bytes, breaks, card_step, hours, memory_gb

from traindy.core.errors import UserError

FULL = {"customers": AIMED_AT.customers, "articles": AIMED_AT.articles, "rows": 100}


def of_stages(**seconds_and_peak):
    stages = {name: Rate(*seconds_and_peak.get(name, (1, 0.1)), None, MEASURED) for name in STAGES}
    return replace(AIMED_AT, customers=1000, articles=100, rows=10_000, latent_dim=10, stages=stages)


def test_time_grows_with_rows_or_with_customers_times_articles():
    made = of_stages(split=(36, 1), train_cvae=(3600, 1))
    assert hours(made, "split", 100) == pytest.approx(1)
    assert hours(made, "train_cvae", 100) == pytest.approx(1000), "100 customers for each, 10 articles"


def test_what_breaks_first():
    made = of_stages(split=(100, 6), train_cvae=(3600, 3))
    assert breaks(made, "memory") == ("split", 4)
    assert breaks(made, "time") == ("train_cvae", pytest.approx(4)), "8 hours: 4 x sqrt(4)"


def test_memory_of_a_process():
    assert article_bytes(1) == pytest.approx(20 * (1 + 137_047 / 105_542) + 10)
    articles, customers, own = memory_gb(of_stages(), 100, 8)
    assert articles == pytest.approx(article_bytes(10) * 1000 / 1e9)
    assert customers == pytest.approx(44 * 100_000 / 1e9)
    assert own == pytest.approx(20 * 1_000_000 / 8 / 1e9)


def test_measured_figures_take_the_place_of_what_was_aimed_at(tmp_path):
    assert rates(tmp_path) == AIMED_AT
    cost = {"seconds": 12.0, "peak_gb": 2.0, "output_bytes": 3e9}
    (tmp_path / "9x9.json").write_text(json.dumps(FULL | {"stages": {"cluster": cost}}))
    (tmp_path / "5x9.json").write_text(json.dumps(FULL | {"customers": 5, "rows": 1, "stages": {}}))
    (tmp_path / "machine.json").write_text(json.dumps({"bf16_gflops": 400.0}))
    found = rates(tmp_path)
    assert found.stages["cluster"] == Rate(12, 2, 3, MEASURED) and found.bf16_gflops == 400
    assert found.stages["evaluate"].source == TARGET and found.rows == 100
    text = page(found)
    assert "| cluster | 12 | 2.00 | 3.00 | customers | measured |" in text
    assert f"| evaluate | 600 | 6.00 |  | customers x articles | {TARGET} |" in text


def test_a_step_on_a_card(tmp_path):
    parts = {"products": 0.01, "softmax": 0.03, "embeddings": 0.05}
    step = {"step_products_tflops": 200.0, "step_seconds": 0.1, "step_parts": parts}
    (tmp_path / "9x9.json").write_text(json.dumps(FULL | {"stages": {}}))
    (tmp_path / "gpu.json").write_text(json.dumps({"card": {"name": "a card"}, "step": step}))
    assert rates(tmp_path).card == Card("a card", pytest.approx(50), pytest.approx(0.06))
    made = replace(of_stages(), card=Card("a card", 50, 0.06))
    # 6 x 10 x 8,192 x 100 operations for H&M's articles; ten times both at 100 times the customers.
    assert card_step(made, 1) == pytest.approx(49_152_000 / 50e12 + 0.06)
    assert card_step(made, 100) == pytest.approx(10 * card_step(made, 1))


def test_without_the_full_size_there_is_no_page(tmp_path):
    (tmp_path / "5x9.json").write_text(json.dumps(FULL | {"customers": 5, "stages": {}}))
    with pytest.raises(UserError, match="full size is missing"):
        rates(tmp_path)


def test_the_page_in_the_docs_is_that_of_the_figures_there():
    assert page(rates(DOCS / "scale")) == (DOCS / "scaling.md").read_text(encoding="utf-8")
