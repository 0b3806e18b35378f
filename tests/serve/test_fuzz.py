"""The API asked whatever its own description allows, and what it does not; and what a shopper may ask."""

import pytest
from desks import METADATA, N, make_desk
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

schemathesis = pytest.importorskip("schemathesis", reason="pip install '.[dev]'")
testclient = pytest.importorskip("fastapi.testclient", reason="pip install '.[serve]'")

app = pytest.importorskip("traindy.serve.app").create_app(make_desk)
schema = schemathesis.openapi.from_asgi("/openapi.json", app)
client = testclient.TestClient(app)
SAID = {name: st.sampled_from([*levels]) for name, levels in METADATA["levels"].items()}
SAID["age"] |= st.integers(0, 120) | st.floats(0, 120)


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_question_breaks_it_and_every_answer_is_as_described(case):
    # The description cannot say which articles and levels there are, so what it allows may be refused.
    case.call_and_validate(excluded_checks=[schemathesis.checks.positive_data_acceptance])


@given(
    attributes=st.fixed_dictionaries({}, optional=SAID),
    bought=st.lists(st.integers(0, N - 1).map("{:03d}".format), max_size=N + 2),
    k=st.integers(1, N + 3),
    seed=st.none() | st.integers(0, 2**31 - 1),
)
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_whoever_asks_gets_a_list_of_what_she_has_not(attributes, bought, k, seed):
    asked = {"attributes": attributes, "bought": bought, "k": k, "seed": seed}
    response = client.post("/api/recommendations", json=asked)
    assert response.status_code == 200
    listed = response.json()["recommendations"]
    ids = [each["article"]["article_id"] for each in listed]
    assert len(ids) == len(set(ids)) == min(k, N - len(set(bought)))
    assert not set(ids) & set(bought)
    assert {reason for each in listed for reason in each["because"]} <= set(bought)
    scores = [each["score"] for each in listed]
    assert scores == sorted(scores, reverse=True)
