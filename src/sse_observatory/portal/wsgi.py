"""The WSGI entry point for any server: ``sse_observatory.portal.wsgi:application``."""

from sse_observatory.portal.server import application as _application

application = _application()
