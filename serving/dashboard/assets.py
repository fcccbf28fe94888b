"""The files that pages load: ours, htmx out of its package, ECharts out of its jar. A file's URL has its hash.

Read once per process and compressed in memory: nine files, so no collection step and no web server beside ours.
"""

import gzip
import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.generic import View

from runtime.errors import MissingPrerequisite

FOREVER = "public, max-age=31536000, immutable"
JAVASCRIPT, STYLE, ICON = "text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml"
ECHARTS = "META-INF/resources/webjars/echarts/5.5.0/echarts.min.js"
HTMX = "static/django_htmx/htmx-2.min.js"


@dataclass(frozen=True)
class Asset:
    media_type: str
    content: bytes
    compressed: bytes
    digest: str


def _own(name: str, package: str = "serving.dashboard") -> bytes:
    return (files(package) / "static" / name).read_bytes()


def _htmx() -> bytes:
    return (files("django_htmx") / HTMX).read_bytes()


def _echarts() -> bytes:
    folder = settings.BRANDPULSE.jars / "web"
    found = sorted(folder.glob("echarts-*.jar"))
    if not found:
        raise MissingPrerequisite(f"no echarts in {folder}: run `make setup`, which fetches it")
    with zipfile.ZipFile(found[-1]) as jar:
        return jar.read(ECHARTS)


ASSETS: dict[str, tuple[str, Callable[[], bytes]]] = {
    **{name: (STYLE, partial(_own, name)) for name in ("tokens.css", "layout.css", "parts.css")},
    **{name: (JAVASCRIPT, partial(_own, name)) for name in ("page.js", "charts.js")},
    "desk.css": (STYLE, partial(_own, "desk.css", "serving.desk")),
    "desk.js": (JAVASCRIPT, partial(_own, "desk.js", "serving.desk")),
    "icon.svg": (ICON, partial(_own, "icon.svg")),
    "htmx.js": (JAVASCRIPT, _htmx),
    "echarts.js": (JAVASCRIPT, _echarts),
}


@cache
def load(name: str) -> Asset:
    media_type, read = ASSETS[name]
    content = read()
    return Asset(media_type, content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:12])


def address(name: str) -> str:
    """The asset's URL, which changes with its content."""
    path: str = reverse("asset", kwargs={"digest": load(name).digest, "name": name})
    return path


class AssetView(View):
    """Open to everybody: the sign-in page needs them."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, digest: str, name: str) -> HttpResponse:
        if name not in ASSETS or load(name).digest != digest:
            raise Http404("there is no such asset")
        asset = load(name)
        is_compressed = "gzip" in request.headers.get("Accept-Encoding", "")
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        headers |= {"Content-Encoding": "gzip"} if is_compressed else {}
        content = asset.compressed if is_compressed else asset.content
        return HttpResponse(content, content_type=asset.media_type, headers=headers)
