"""The portal as a test meets it: releases in a temporary folder, Django set up once, a server for browsers."""

import importlib.util
import os
import sys
import threading
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_CHROMIUM = os.environ.get("SSE_CHROMIUM", "/usr/bin/chromium")
_HOW = "install it with `apt-get install chromium`, or name it in SSE_CHROMIUM"


def _module(name):
    spec = importlib.util.spec_from_file_location(f"portal_{name}", _HERE / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="session")
def world():
    """The module that makes releases to look at."""
    return _module("world")


@pytest.fixture(scope="session")
def folder(tmp_path_factory, world):
    """A folder of releases: a fictional country twice, an extract, and published figures."""
    made = tmp_path_factory.mktemp("portal") / "releases"
    world.publish_world(made)
    return made


@pytest.fixture(scope="session")
def django_ready(folder, tmp_path_factory):
    """Django, set up once for the whole session."""
    given = {
        "SSE_RELEASES_URL": str(folder), "SSE_VAR": str(tmp_path_factory.mktemp("var")),
        "SSE_ALLOWED_HOSTS": "testserver,127.0.0.1", "DJANGO_SETTINGS_MODULE": "sse_observatory.portal.settings",
        # The browser's driver leaves a running event loop in the thread of the tests; the portal has none.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    }
    former = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    import django

    django.setup()
    yield
    for name, value in former.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture
def client(django_ready):
    from django.test import Client

    return Client()


@pytest.fixture(scope="session")
def address(django_ready):
    """The portal behind its own server, on a free port."""
    import waitress

    from sse_observatory.portal import application

    server = waitress.create_server(application(), host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


@pytest.fixture(scope="session")
def chromium():
    """Headless Chromium; where it is missing the test is skipped, on CI it fails."""
    missing = None
    if not Path(_CHROMIUM).exists():
        missing = f"Chromium is not at {_CHROMIUM}: {_HOW}"
    elif importlib.util.find_spec("playwright") is None:
        missing = "playwright is not installed: install requirements/dev.txt"
    if missing:
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def window(chromium):
    """``window(360, 740)``: a page in a window of that size, closed with the test; ``window()`` in one of any size."""
    opened = []

    def open_(width=1280, height=720):
        opened.append(chromium.new_page(viewport={"width": width, "height": height}))
        return opened[-1]

    yield open_
    for page in opened:
        page.close()


@pytest.fixture
def page(window):
    return window()
