"""The public site: server-rendered pages in English, French and Spanish, charts, downloads and the SDMX mount.

Pages about figures start by opening releases, pages about what was agreed by asking the records as of a date; nothing
here reaches microdata, and a process that has been given their address refuses to start. The pages work without
JavaScript, and there is none. Editors sign in; readers get no cookie.

Left out until later work needs it: requests for services as a workflow of their own.
"""

from sse_observatory.portal.server import application, serve

__all__ = ["application", "serve"]
