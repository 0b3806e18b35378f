"""The app on a tiny desk: the page, the API, its limits and its errors."""

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from desks import make_desk

pytest.importorskip("fastapi", reason="pip install '.[serve]'")
from fastapi.testclient import TestClient

from traindy import cli
from traindy.core.errors import UserError
from traindy.serve import guard, pages, run, shop_window, words, worker
from traindy.serve.app import create_app
from traindy.serve.guard import AT_WORK, HEADERS, MAX_BODY, MAX_QUERY


@pytest.fixture
def client():
    return TestClient(create_app(make_desk))


def ask(client, **asked):
    return client.post("/api/recommendations", json={"k": 4} | asked)


def test_somebody_without_a_history_gets_a_list_and_a_reason(client):
    answer = ask(client, attributes={"age": 25, "club": "ACTIVE"}).json()
    assert len(answer["recommendations"]) == 4 and answer["segment"] == 0
    assert answer["reason"] == "Popular with age 25, club Active"
    scores = [each["score"] for each in answer["recommendations"]]
    assert scores == sorted(scores, reverse=True)
    assert answer == ask(client, attributes={"age": 25, "club": "ACTIVE"}).json()


def test_what_was_bought_is_left_out_and_is_the_reason(client):
    found = ask(client, bought=["000"]).json()["recommendations"]
    ids = [each["article"]["article_id"] for each in found]
    assert "000" not in ids
    assert [each["because"] for each in found if each["article"]["article_id"] == "001"] == [["000"]]


def test_a_seed_draws_the_same_list_again_and_seeds_differ(client):
    lists = {seed: ask(client, seed=seed, k=5).json() for seed in range(12)}
    assert lists[3] == ask(client, seed=3, k=5).json()
    orders = {tuple(each["article"]["article_id"] for each in of["recommendations"]) for of in lists.values()}
    assert len(orders) > 1


def test_a_batch_is_its_parts(client):
    parts = [{"k": 3, "attributes": {"age": "30+"}}, {"k": 2, "bought": ["003"]}]
    batch = client.post("/api/recommendations/batch", json={"requests": parts}).json()
    assert batch == [client.post("/api/recommendations", json=part).json() for part in parts]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"attributes": {"age": "old"}}, "age"),
        ({"attributes": {"shoe": 44}}, "attributes"),
        ({"bought": ["999"]}, "bought"),
        ({"k": 0}, "k"),
        ({"k": 10_000}, "k"),
        ({"bought": ["000"] * 501}, "bought"),
        ({"customer_id": "x"}, "customer_id"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_is_422_and_names_the_field(client, asked, field):
    response = ask(client, **asked)
    assert response.status_code == 422
    assert field in str(response.json()["detail"])


def test_allowed_levels_stand_in_the_error(client):
    [error] = ask(client, attributes={"club": "gold"}).json()["detail"]
    assert error["field"] == "club" and error["allowed"] == ["ACTIVE", "missing"]


def test_a_large_body_is_refused_unread(client):
    response = client.post("/api/recommendations", content=b"x" * (MAX_BODY + 1))
    assert response.status_code == 422 and response.json()["detail"][0]["field"] == "body"


def test_articles_are_found_by_name_and_have_neighbours(client):
    assert [each["article_id"] for each in client.get("/api/articles?q=SHIRT 3").json()] == ["003"]
    assert client.get("/api/articles?q=").status_code == 422
    near = client.get("/api/articles/003/similar?k=2").json()
    assert len(near) == 2 and near[0]["cosine"] >= near[1]["cosine"]
    unknown = client.get("/api/articles/999/similar")
    assert unknown.status_code == 422 and unknown.json()["detail"][0]["field"] == "article_id"


def test_segments_are_in_words(client):
    first, second = client.get("/api/segments").json()
    assert first["words"] == "age 20-29, club Active" and second["words"] == "age 30+"
    assert first["customers"] == 3 and len(first["top"]) == 5


def test_the_page_has_a_form_cards_and_a_segment(client):
    page = client.get("/?age=20-29&bought=000&q=shirt").text
    assert page.count('class="card"') == 5, "six articles, one of them bought"
    assert '<option value="20-29" selected>' in page and "prefer not to say" in page
    assert 'value="000" checked' in page and "Goes with: shirt 0" in page
    assert "Your segment: mostly <strong>age 20-29, club Active</strong>" in page
    others = client.get("/?seed=5").text
    assert ": others</h2>" in others


def test_what_a_shopper_types_is_escaped(client):
    page = client.get("/", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page
    refused = client.get("/", params={"bought": "<b>x</b>"})
    assert refused.status_code == 422 and "<b>x" not in refused.text and 'role="alert"' in refused.text


def test_every_answer_has_the_security_headers(client):
    for path in ("/", "/healthz", "/static/style.css", "/nothing", "/api/segments"):
        response = client.get(path)
        for name in HEADERS:
            assert name in response.headers, path
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert "style=" not in client.get("/").text, "which the policy would not allow"


def test_no_path_can_be_made_of_an_id(tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"no")
    client = TestClient(create_app(make_desk, tmp_path / "images"))
    for wrong in ("../secret", "..%2Fsecret", "000", "0000000000"):
        assert client.get(f"/images/{wrong}").status_code in (404, 422)


def test_a_swatch_has_the_colour_of_the_name():
    assert words.colour("Dark Blue") != words.colour("Blue") != words.colour("Light Blue")
    assert re.fullmatch("#[0-9a-f]{6}", words.colour("Light Turquoise"))
    assert words.colour(None) == words.colour("no such colour") == words.UNKNOWN_COLOUR


def test_a_broken_model_leaves_the_old_in_service():
    desks = [make_desk()]

    def opened():
        if not desks:
            raise UserError("model.safetensors: not a trained model")
        return desks.pop()

    app = create_app(opened)
    client = TestClient(app)
    before = client.get("/readyz").json()
    assert "not a trained model" in app.state.service.reload()
    for each in ("model", "opened"):
        assert client.get("/readyz").json()[each] == before[each]
    desks.append(make_desk("cluster"))
    assert app.state.service.reload() is None
    after = client.get("/readyz").json()
    assert after["opened"] > before["opened"]
    assert ask(client, attributes={"age": 25}).status_code == 200


def test_nothing_is_loaded_from_elsewhere(client):
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
    assert "/api/recommendations" in client.get("/openapi.json").json()["paths"]
    assert "http" not in client.get("/").text


def test_metrics_count_requests_by_route(client):
    ask(client)
    text = client.get("/metrics").text
    assert 'traindy_requests_total{route="/api/recommendations",status="200"} 1.0' in text


def test_too_much_at_once_is_refused_and_says_when_to_come_again(client):
    client.app.state.at_work = range(AT_WORK + 1)
    for path in ("/", "/api/segments"):
        response = client.get(path)
        assert response.status_code == 503 and response.headers["Retry-After"] == "1"
        assert response.json()["detail"][0]["field"] == "server"
    assert client.get("/healthz").status_code == client.get("/metrics").status_code == 200
    client.app.state.at_work = range(AT_WORK)
    assert client.get("/").status_code == 200


def test_a_full_queue_is_a_503_for_the_api_and_the_page(client, monkeypatch):
    monkeypatch.setattr(worker, "WAITING", 0)
    for response in (ask(client, bought=["000"]), client.get("/?bought=000")):
        assert response.status_code == 503 and response.headers["Retry-After"] == "1"
    assert ask(client).status_code == 200, "what is at hand needs no queue"


def test_many_at_a_time_get_what_each_would_get_alone(client):
    asked = [{"bought": [f"00{i % 6}"], "attributes": {"age": 25 + 5 * (i % 2)}} for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: ask(client, **each), asked))
    for each, answer in zip(asked, answers, strict=True):
        alone = ask(client, **each).json()["recommendations"]
        listed = answer.json()["recommendations"]
        assert [one["article"] for one in listed] == [one["article"] for one in alone]
        assert [one["score"] for one in listed] == pytest.approx([one["score"] for one in alone], abs=1e-3)


@pytest.mark.parametrize(
    ("request_", "status", "field"),
    [
        (("GET", "/?q=" + "x" * MAX_QUERY), 422, "query"),
        (("GET", "/api/articles?q=" + "x" * 101), 422, "q"),
        (("GET", "/api/articles/003/similar?k=101"), 422, "k"),
        (("GET", "/api/articles/" + "0" * 65 + "/similar"), 422, "article_id"),
        (("POST", "/api/recommendations"), 422, "body"),
        (("GET", "/nothing"), 404, "request"),
        (("DELETE", "/api/segments"), 405, "request"),
    ],
)
def test_sizes_have_limits_and_all_errors_one_form(client, request_, status, field):
    response = client.request(*request_)
    [error] = response.json()["detail"]
    assert response.status_code == status and error["field"] == field and error["message"]


def test_a_name_that_is_no_text_is_refused(client):
    response = client.post(
        "/api/recommendations",
        content=b'{"attributes": {"\\ud800": "x"}, "k": 3}',
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 422


def test_a_body_that_does_not_come_is_given_up(client, monkeypatch):
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    sent = []

    async def nothing_more():
        await asyncio.sleep(60)

    async def send(message):
        sent.append(message)

    headers = [(b"content-length", b"100"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/api/recommendations", "query_string": b"",
             "headers": headers, "app": client.app}  # fmt: skip
    asyncio.run(guard.Guard(client.app)(scope, nothing_more, send))
    assert sent[0]["status"] == 408 and b"did not come within" in sent[1]["body"]


def test_a_body_that_comes_in_parts_is_read_whole(client):
    body = b'{"attributes": {"age": 28}, "k": 3}'
    response = client.post(
        "/api/recommendations",
        content=iter([body[:9], body[9:]]),
        headers={"Content-Length": str(len(body)), "Content-Type": "application/json"},
    )
    assert response.status_code == 200 and len(response.json()["recommendations"]) == 3


def test_a_body_without_a_length_is_refused_unread(client):
    response = client.post("/api/recommendations", content=iter([b"{}"]))
    assert response.status_code == 422 and response.json()["detail"][0]["field"] == "body"


def test_readiness_shows_which_model_and_how_old():
    app = create_app(make_desk)
    ready = TestClient(app).get("/readyz").json()
    assert re.fullmatch("[0-9a-f]{16}", ready["model"]) and 0 <= ready["age_seconds"] < 60
    assert ready["ahead"] == 0, "so few lists are made before it is ready"
    app.state.service.window.desk.written -= 3600
    assert TestClient(app).get("/readyz").json()["age_seconds"] >= 3600
    other = TestClient(create_app(lambda: make_desk("cluster"))).get("/readyz").json()
    assert other["model"] != ready["model"]


def test_a_picture_is_shown_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(shop_window, "PICTURE", re.compile(r"\d{3}"))
    (tmp_path / "003").mkdir()
    (tmp_path / "003/003.jpg").write_bytes(b"a picture")
    client = TestClient(create_app(make_desk, tmp_path))
    picture = client.get("/images/003")
    assert picture.content == b"a picture" and picture.headers["content-type"] == "image/jpeg"
    page = client.get("/").text
    assert page.count('<img src="/images/003"') == 1 and page.count("<svg") == 5


def test_a_number_is_shown_as_the_level_it_is(client):
    page = client.get("/?age=25").text
    assert '<option value="20-29" selected>' in page and "Popular with age 20-29" in page


@pytest.mark.parametrize("age", [1e-9, 25.000000001, 119.5])
def test_a_number_of_the_json_may_be_any_that_lies_within(client, age):
    response = client.post("/api/recommendations", json={"attributes": {"age": age}, "k": 3})
    assert response.status_code == 200


@pytest.mark.parametrize("seed", ["²", "-1", "1" * 40, "x"])
def test_a_seed_that_is_none_is_as_good_as_no_seed(client, seed):
    response = client.get("/", params={"seed": seed})
    assert response.status_code == 200 and "others</h2>" not in response.text


def test_levels_that_read_the_same_are_one_choice():
    options = pages.field("news", ["NONE", "None", "Monthly", "missing"], "None")["options"]
    assert [(value, chosen) for value, _, chosen in options] == [
        ("missing", False), ("None", True), ("Monthly", False),
    ]  # fmt: skip
    options = pages.field("news", ["NONE", "None", "Monthly", "missing"], "missing")["options"]
    assert [value for value, *_ in options] == ["missing", "NONE", "Monthly"]


def test_people_are_said_in_plain_words():
    said = {"age": "25-29", "club_member_status": "ACTIVE", "fashion_news_frequency": "NONE", "FN": "missing"}
    assert words.people(said) == "age 25-29, active members, no newsletter"
    assert words.popular_with({}) == words.popular_with({"FN": "missing"}) == "Popular with everybody now"


def test_it_binds_to_this_machine_alone_and_says_what_it_cannot_bind_to(params):
    assert cli.parser().parse_args(["serve"]).host == "127.0.0.1"
    in_use = r"--port \d+: Address already in use; choose another"
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UserError, match=in_use):
        run.serve(params(), "127.0.0.1", taken.getsockname()[1])
    with pytest.raises(UserError, match=r"--port 99999: .*; choose another"):
        run.serve(params(), "127.0.0.1", 99999)


def test_whatever_is_wrong_with_a_new_model_the_old_stays():
    desks = [make_desk()]
    app = create_app(lambda: desks.pop())
    assert "IndexError" in app.state.service.reload()
    assert ask(TestClient(app)).status_code == 200


def test_small_answers_are_sent_at_once():
    """asyncio switches the waiting off (TCP_NODELAY) for sockets that are named TCP, and for no others."""
    with run.bind("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP and bound.getsockname()[1] > 0
