"""How the portal starts: what it needs, what it refuses, what it keeps to itself."""

import os
import socket
import stat
import struct
import subprocess
import sys
import time
import urllib.request

import pytest

START = "from sse_observatory.portal import application; application(); print('started')"


def start(code=START, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    return subprocess.run([sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True,
                          timeout=60, check=False)


def test_the_portal_starts_without_the_microdata_address(folder, tmp_path):
    found = start(SSE_RELEASES_URL=str(folder), SSE_VAR=str(tmp_path))

    assert found.stdout.strip() == "started", found.stderr


def test_the_portal_refuses_to_start_where_it_is_told_the_microdata_address(folder, tmp_path):
    found = start(SSE_RELEASES_URL=str(folder), SSE_VAR=str(tmp_path), SSE_RESTRICTED_URL="file:///restricted")

    assert found.returncode != 0
    assert "Public processes never hold the microdata address" in found.stderr
    assert "/restricted" not in found.stderr


def test_the_settings_alone_refuse_it_too(tmp_path):
    found = start("import sse_observatory.portal.settings", SSE_VAR=str(tmp_path), SSE_RESTRICTED_URL="x")

    assert "Public processes never hold the microdata address" in found.stderr


def test_the_portal_brings_in_no_microdata_code_and_no_database_driver(folder, tmp_path):
    code = START + """
import sys
from django.test import Client
for url in ("/en/", "/en/countries/", "/en/tables/DF_COOP_UNITS/", "/sdmx/2.1/dataflow"):
    assert Client().get(url, headers={"Host": "localhost"}).status_code == 200, url
print(sorted(m for m in sys.modules if m.startswith(("sse_observatory.production", "duckdb", "ibis", "pyspark"))))
"""
    found = start(code, SSE_RELEASES_URL=str(folder), SSE_VAR=str(tmp_path), SSE_ALLOWED_HOSTS="testserver,localhost")

    assert found.stdout.splitlines() == ["started", "[]"], found.stderr


def test_outside_production_a_secret_key_is_made_once_for_the_owner_only(folder, tmp_path):
    code = "from sse_observatory.portal import settings; print(settings.SECRET_KEY)"
    first = start(code, SSE_VAR=str(tmp_path / "var"))
    second = start(code, SSE_VAR=str(tmp_path / "var"))

    assert len(first.stdout.strip()) > 40 and first.stdout == second.stdout
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_in_production_the_secret_key_must_be_given_and_traffic_is_encrypted(tmp_path):
    missing = start(SSE_ENV="production", SSE_VAR=str(tmp_path))
    code = "from sse_observatory.portal import settings as s; print(s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0)"
    given = start(code, SSE_ENV="production", SSE_SECRET_KEY="k" * 50, SSE_VAR=str(tmp_path))

    assert missing.returncode != 0 and "SSE_SECRET_KEY is not set" in missing.stderr
    assert given.stdout.strip() == "True True"


def test_a_host_that_is_not_ours_is_refused(client):
    assert client.get("/en/", headers={"Host": "evil.example"}).status_code == 400


def test_a_database_of_another_kind_is_refused_with_what_to_do(tmp_path):
    found = start(SSE_PORTAL_DATABASE_URL="oracle://x", SSE_VAR=str(tmp_path))

    assert "Use sqlite:///path/to/file" in found.stderr


def test_serve_answers_on_its_port_and_says_when_the_port_is_taken(folder, tmp_path):
    code = f"from sse_observatory.portal import serve; serve({str(folder)!r}, port=0)"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSE_", "DJANGO_"))}
    running = subprocess.Popen([sys.executable, "-c", code], env=kept | {"SSE_VAR": str(tmp_path)},
                               stderr=subprocess.PIPE, text=True)
    try:
        line = running.stderr.readline()
        address = line.split()[4]
        with urllib.request.urlopen(address + "fr/", timeout=20) as answer:
            assert answer.status == 200 and b'lang="fr"' in answer.read()
        port = address.rstrip("/").rsplit(":", 1)[1]
        second = start(code.replace("port=0", f"port={port}"), SSE_VAR=str(tmp_path))
        assert second.returncode != 0 and "cannot listen on 127.0.0.1" in second.stderr
    finally:
        running.terminate()
        running.wait(timeout=20)


@pytest.mark.parametrize("path", ["/en/", "/fr/countries/XSO/", "/es/tables/DF_COOP_UNITS/?REF_AREA=XSO"])
def test_a_page_is_made_in_less_than_a_tenth_of_a_second(client, path):
    client.get(path)
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        client.get(path)
        taken.append(time.perf_counter() - begun)

    assert sorted(taken)[2] < 0.1


def test_a_reader_who_hangs_up_does_not_stop_the_portal_that_the_command_serves(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "SSE_RESTRICTED_URL"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "sse_observatory.cli", "serve", "--releases", str(tmp_path / "releases"),
         "--port", str(port)],
        cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.sendall(b"GET /en/glossary/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/en/", timeout=30) as answer:
            assert answer.status == 200
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(timeout=20)
