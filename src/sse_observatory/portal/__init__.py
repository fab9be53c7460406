"""The public site: server-rendered pages in English, French and Spanish, charts, downloads and the SDMX mount.

Every page starts by opening releases; nothing here reaches microdata, and a process that has been given their
address refuses to start. The pages work without JavaScript, and there is none.

Left out until later work needs them: accounts and roles, follow-up of instruments, requests, the library.
"""

from sse_observatory.portal.server import application, serve

__all__ = ["application", "serve"]
