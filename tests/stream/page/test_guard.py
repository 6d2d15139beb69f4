"""Who may do what, and what every answer carries."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from page_visitors import PASSWORD, Visit, send_form

SCREENS = ["/", "/events", "/events/1", "/day", "/day/2026-05-02", "/labels", "/station", "/review"]
API = ["/api/events", "/api/events/1", "/api/labels", "/api/sources", "/api/verdicts", "/api/openapi.json"]
MARKS = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP"]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_reading_is_open_on_this_computer(visit, address):
    for path in (*SCREENS, *API):
        assert visit.visitor(address).get(path).status_code == 200, path


@pytest.mark.parametrize("address", ["192.168.1.7", "2001:db8::1", "testclient", "::ffff:10.0.0.1"])
def test_reading_needs_the_password_elsewhere(visit, address):
    visitor = visit.visitor(address)
    for path in SCREENS:
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
    for path in (*API, "/events/1/sound.flac", "/events/1/picture.png"):
        assert visitor.get(path).status_code == 401
    for path in SCREENS:
        assert visit.signed_in(address).get(path).status_code == 200


@pytest.mark.parametrize("mark", MARKS)
def test_reading_needs_the_password_behind_a_proxy(visit, mark):
    assert visit.visitor("127.0.0.1", **{mark: "127.0.0.1"}).get("/events").status_code == 303


def test_an_open_page_is_read_by_anybody_and_written_by_none(own_forest, state):
    visitor = Visit(own_forest, state, open=True).visitor("192.168.1.7")
    assert visitor.get("/events").status_code == 200
    assert visitor.post("/api/events/1/verdict", json={"answer": "no"}).status_code == 401
    assert send_form(visitor, "/events/1/verdict", answer="no").status_code == 401


def test_writing_needs_the_password_even_on_this_computer(visit):
    assert visit.visitor().post("/api/events/1/verdict", json={"answer": "no"}).status_code == 401
    assert visit.visitor().delete("/api/verdicts/1").status_code == 401
    assert visit.visitor().get("/api/verdicts").json() == {"verdicts": []}


def test_writing_needs_what_only_the_page_knows(visit):
    visitor = visit.signed_in()
    body = {"answer": "no"}
    assert visitor.post("/api/events/1/verdict", json=body).status_code == 403
    assert visitor.post("/api/events/1/verdict", json=body, headers={"X-CSRF-Token": "x"}).status_code == 403
    assert send_form(visitor, "/events/1/verdict", answer="no").status_code == 403
    assert send_form(visitor, "/events/1/verdict", answer="no", csrf="x").status_code == 403
    assert send_form(visitor, "/logout", csrf="x").status_code == 403
    right = {"X-CSRF-Token": visitor.csrf}
    for other in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert visitor.post("/api/events/1/verdict", json=body, headers=right | other).status_code == 403
    assert visit.visitor().get("/api/verdicts").json() == {"verdicts": []}
    assert visitor.post("/api/events/1/verdict", json=body, headers=right).status_code == 201


def test_a_token_reads_and_writes(visit):
    token = visit.page.passwords.new_token("program")
    visitor = visit.visitor("10.0.0.1", Authorization=f"Bearer {token}")
    assert visitor.get("/api/events").status_code == 200
    assert visitor.post("/api/events/1/verdict", json={"answer": "yes"}).status_code == 201
    wrong = visit.visitor("10.0.0.1", Authorization="Bearer whb_wrong")
    assert wrong.get("/api/events").status_code == 401


def test_the_cookie_is_hidden_from_scripts_and_other_sites(visit):
    answer = send_form(visit.visitor(), "/login", password=PASSWORD)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    behind = visit.visitor("10.0.0.1", **{"X-Forwarded-Proto": "https"})
    assert "secure" in send_form(behind, "/login", password=PASSWORD).headers["set-cookie"].lower()


def test_wrong_passwords_are_slowed_down(visit):
    visitor = visit.visitor("10.0.0.1")
    answers = [send_form(visitor, "/login", password="wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert send_form(visitor, "/login", password=PASSWORD).status_code == 429
    assert send_form(visit.visitor("10.0.0.2"), "/login", password=PASSWORD).status_code == 303


def test_signing_out_ends_the_session_of_the_browser(visit):
    visitor = visit.signed_in("10.0.0.1")
    assert send_form(visitor, "/logout", csrf=visitor.csrf).status_code == 303
    assert visitor.get("/events").status_code == 303


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "\\x"])
def test_nobody_is_sent_to_another_site(visit, there):
    answer = send_form(visit.visitor(), "/login", password=PASSWORD, next=there)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[", "a b"])
def test_other_names_are_refused(visit, host):
    assert visit.visitor().get("/events", headers={"host": host}).status_code == 421


def test_addresses_and_names_in_the_settings_are_taken(own_forest, state):
    visitor = Visit(own_forest, state, hosts=["birds.example.org"]).visitor()
    for host in (
        "127.0.0.1:8080",
        "[::1]:8080",
        "localhost",
        "192.168.1.2:80",
        "birds.example.org",
        "BIRDS.example.ORG",
    ):
        assert visitor.get("/events", headers={"host": host}).status_code == 200, host


@pytest.mark.parametrize("path", ["/events", "/api/events", "/nothing", "/login", "/events/1/picture.png"])
def test_every_answer_forbids_inline_code_and_frames(visit, path):
    headers = visit.visitor().get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_screens_have_no_inline_code(visit):
    for path in SCREENS:
        text = visit.signed_in().get(path).text
        assert "<script>" not in text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_prefix_is_in_all_links_whether_the_proxy_removes_it_or_not(own_forest, state):
    visit = Visit(own_forest, state, prefix="/birds")
    for path in ("/events", "/birds/events"):
        text = visit.visitor().get(path).text
        assert 'href="/birds/day"' in text
        assert 'href="/day' not in text
    assert visit.visitor("10.0.0.1").get("/events").headers["location"].startswith("/birds/login?next=/events")
    assert "path=/birds" in send_form(visit.visitor(), "/login", password=PASSWORD).headers["set-cookie"].lower()
    assert visit.visitor().get("/birds").status_code == 200


@pytest.fixture(scope="module")
def steady(forest, tmp_path_factory):
    return Visit(forest, tmp_path_factory.mktemp("state")).visitor()


@given(st.text(max_size=60))
def test_no_path_shows_a_file_or_breaks_the_page(steady, text):
    answer = steady.get("/" + "".join(one for one in text if one.isprintable()).replace("\\", "/").lstrip("/"))
    assert answer.status_code in (200, 404, 405, 422, 303, 307)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/x/../../app.py",
        "/static/x/%2e%2e%2fapp.py",
        "/static/x/..%5capp.py",
        "/static/",
        "/static/x/",
        "/events/../../etc/passwd",
        "/events/1/sound.flac/../../../forest.sqlite",
        "/forest.sqlite",
        "/events/-1",
        "/events/1.5",
        "/events/99999999999999999999999",
        "/day/2026-13-01",
        "/label?name=../../etc/passwd",
        "/events/1/picture.png?size=../x",
        "/events?source=x",
        "/events?min_score=nan",
        "/events?from=0001-13-01",
        "/events?limit=100000",
        "/events?verdict=maybe",
        "/api/events?cursor=%00",
        "/api/events/99999999999999999999999",
    ],
)
def test_nothing_else_can_be_asked_for(steady, path):
    assert steady.get(path).status_code in (404, 422)


@given(
    st.dictionaries(
        st.sampled_from(["cookie", "authorization", "range", "accept-language", "origin", "host"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
    )
)
def test_no_header_breaks_the_page(steady, headers):
    own = {name: value.strip().encode("latin-1") for name, value in headers.items()}
    for path in ("/events", "/events/1/sound.flac"):
        assert steady.get(path, headers=own).status_code in (200, 206, 416, 421)


@given(
    st.one_of(
        st.binary(max_size=50),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["answer", "other", "drawn", "x"]), inner)
            ),
            max_leaves=5,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_body_breaks_the_api(forest, tmp_path_factory, body):
    visit = Visit(forest, tmp_path_factory.mktemp("state"))
    token = visit.page.passwords.new_token("t")
    visitor = visit.visitor(Authorization=f"Bearer {token}")
    answer = visitor.post("/api/events/987654321/verdict", content=body)
    assert answer.status_code in (404, 422)
    assert set(answer.json()) == {"error"}
