"""What a stranger may ask of the portal has bounds: long, many, odd and hostile addresses get a small, quick answer."""

import http.client
import os
import subprocess
import sys
from urllib.parse import urlencode

import pytest

LISTS = ("follow-up/provisions/", "follow-up/events/", "follow-up/timeline/", "follow-up/knowledge/")


@pytest.mark.parametrize("path", LISTS)
def test_parameters_nobody_asked_for_do_not_make_a_page_grow(client, path):
    plain = client.get(f"/en/{path}")
    many = client.get(f"/en/{path}?" + urlencode({f"a{n}": "b" * 50 for n in range(60)}))

    assert many.status_code == 200
    assert many.content.count(b"<code>a") == 20
    assert len(many.content) < len(plain.content) + 60 * 60 * 12


@pytest.mark.parametrize("page", ["0", "-1", "9999", "99999999999999", "1.5", "x", "\u0661", "1 ", "%31"])
@pytest.mark.parametrize("path", ["follow-up/provisions/", "search/?q=report"])
def test_a_page_out_of_range_is_not_there(client, path, page):
    joined = f"/en/{path}{'&' if '?' in path else '?'}{urlencode({'page': page})}"

    assert client.get(joined).status_code == 404


@pytest.mark.parametrize(
    "day",
    ["2023-02-30", "2023-05-19\x00", "9" * 5000, "0001-01-01", "1799-12-31", "9999-12-31", "2023-W01-1", "20230519",
     "\uff12\uff10\uff12\uff13-05-19", "2023-05-19T00:00", "<script>", "today"],
)
@pytest.mark.parametrize(
    "path", ["follow-up/", "follow-up/provisions/list.csv", "follow-up/calendar/calendar.ics", "search/?q=report"]
)
def test_a_date_that_is_none_is_refused_in_words_and_not_repeated(client, path, day):
    response = client.get(f"/fr/{path}{'&' if '?' in path else '?'}{urlencode({'as_of': day})}")

    assert response.status_code == 400 and len(response.content) < 10_000
    assert b"<script" not in response.content and b"Traceback" not in response.content


@pytest.mark.parametrize("text", ["a" * 8000, "a " * 4000, '"' * 500, "A/RES/" * 300, "(((", "\x00", "*", "title_en:x"])
def test_a_search_for_anything_is_answered(client, text):
    response = client.get("/es/search/?" + urlencode({"q": text}))

    assert response.status_code == 200


def test_an_address_longer_than_any_of_ours_is_refused_by_the_server(folder, tmp_path):
    code = f"from sse_observatory.portal import serve; serve({str(folder)!r}, port=0)"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    running = subprocess.Popen(
        [sys.executable, "-c", code], env=kept | {"SSE_VAR": str(tmp_path)}, stderr=subprocess.PIPE, text=True
    )
    try:
        port = int(running.stderr.readline().split()[4].rstrip("/").rsplit(":", 1)[1])
        told = []
        for length in (8_000, 40_000):
            asking = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            asking.request("GET", "/en/about/?q=" + "a" * length)
            told.append(asking.getresponse().status)
            asking.close()
    finally:
        running.terminate()
        running.wait(timeout=20)

    assert told == [200, 431]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "follow-up/", "follow-up/provisions/list.csv", "desk/", "desk/sign-in/"])
def test_nothing_is_changed_without_the_token_of_a_form(django_ready, method, path):
    from django.test import Client

    form = "application/x-www-form-urlencoded"
    answer = Client(enforce_csrf_checks=True).generic(method, f"/en/{path}", b"x=1", form)

    assert answer.status_code in (403, 405)
