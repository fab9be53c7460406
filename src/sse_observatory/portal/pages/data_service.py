"""The mount of the SDMX service: Django's request in, the service's response out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def sdmx(request: HttpRequest, path: str) -> HttpResponse:
    """Everything under /sdmx/2.1/."""
    raise NotImplementedError
