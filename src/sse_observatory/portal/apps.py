"""The portal as a Django application."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """No models yet: the pages read releases and the catalogue."""

    name = "sse_observatory.portal"
    label = "portal"
    default = True
