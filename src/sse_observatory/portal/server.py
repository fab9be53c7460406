"""Starting the portal: settings from the environment, then Django behind waitress."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

from sse_observatory.core import ObservatoryError

FORBIDDEN = "SSE_RESTRICTED_URL"


class MicrodataAddress(ObservatoryError):
    """The address of the microdata was given to a process that faces the public."""

    exit_status = 5


def refuse_microdata() -> None:
    """Raise MicrodataAddress if this process has been told where the microdata are."""
    if os.environ.get(FORBIDDEN):
        raise MicrodataAddress(
            "Public processes never hold the microdata address.",
            f"Unset {FORBIDDEN} and start the portal again; only pipelines and review read it.",
        )


def application() -> Callable[..., Any]:
    """The WSGI application, configured from the environment (`portal.settings` lists the variables).

    Raises MicrodataAddress when SSE_RESTRICTED_URL is set, ObservatoryError for a setting that cannot work.
    """
    refuse_microdata()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sse_observatory.portal.settings")
    from django.core.wsgi import get_wsgi_application

    made: Callable[..., Any] = get_wsgi_application()
    return made


def open_database() -> None:
    """Django's settings and the tables of the database, for a command. Raises ObservatoryError where there is none."""
    application()
    from sse_observatory.portal import database

    database.require()
    database.migrate()


def serve(releases_url: str, host: str = "127.0.0.1", port: int = 8000, *, threads: int = 8) -> None:
    """Serve the releases at `releases_url` on http://host:port/ until interrupted.

    The tables are indexed in the background from the start, so that the first reader does not wait for them.
    Raises ObservatoryError when the process holds the microdata address or the port is taken.
    """
    refuse_microdata()
    os.environ["SSE_RELEASES_URL"] = str(releases_url)
    made = application()
    import waitress

    from sse_observatory.portal import database, records
    if not database.present():
        print("There is no database to write to: records are the catalogue's, and nobody can sign in.", file=sys.stderr)
    try:
        records.now()
    except ObservatoryError as error:
        # Figures are served all the same; pages about records say that these cannot be read.
        print(f"The follow-up records cannot be read. {error}", file=sys.stderr)
    threading.Thread(target=warm, name="warm the tables", daemon=True).start()
    try:
        server = waitress.create_server(
            made, host=host, port=port, threads=threads, ident=None,
            # A file brought to be read is the largest request there is; it stays in memory, see `settings`.
            max_request_body_size=22_000_000, inbuf_overflow=22_000_000,
            # No address of the portal comes near; a longer one would stand in every link of the page that answers it.
            max_request_header_size=32_768,
        )
    except OSError as error:
        raise ObservatoryError(
            f"The portal cannot listen on {host}, port {port}: {error.strerror or error}.",
            "Stop what uses the port, or choose another one.",
        ) from None
    # Waitress tells the real port where 0 was asked for.
    shown = f"[{host}]" if ":" in host else host
    print(f"The portal is at http://{shown}:{server.effective_port}/ (Ctrl-C stops it).", file=sys.stderr, flush=True)
    try:
        server.run()
    except KeyboardInterrupt:
        server.close()


def warm() -> None:
    """Work out what the first readers would have to wait for; what fails here fails for them too, and is said there."""
    from sse_observatory.portal import asof, finding, records
    from sse_observatory.portal.pages.followup import overview
    from sse_observatory.portal.pages.followup.scene import Scene
    from sse_observatory.portal.shelf import shelf

    shelf().warm()
    try:
        board, day = records.now(), asof.today()
        overview.warm(Scene("en", asof.AsOf(day), board, board.known(day)))
        finding.index()
    except ObservatoryError as error:
        logging.getLogger(__name__).error("%s", error)
    # What was built stays: without this the collector would walk through all of it again and again, in the middle of
    # a reader's page.
    gc.collect()
    gc.freeze()
