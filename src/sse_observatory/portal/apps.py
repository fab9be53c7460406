"""The portal as a Django application."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The portal: its models, pages, templates and tags."""

    name = "sse_observatory.portal"
    label = "portal"
    default = True
