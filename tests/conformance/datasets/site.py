"""A real web server for one test, which answers as it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

__all__ = ["Document", "Site"]


@dataclass
class Document:
    """What one path answers with."""

    content: bytes = b"original"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class Site:
    """A server on a free port of this machine.

    Attributes:
        documents: By path.
        refuses: Methods that are answered with 405.
        asked: Method and path of each request, in order.
        heard: The headers of the last request.
    """

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}
        self.refuses: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        self.heard: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def answer(self, method: str, path: str) -> Document:
        self.asked.append((method, path))
        if method in self.refuses:
            return Document(status=405)
        return self.documents.get(path, Document(status=404))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(self._begin("GET").content)

        def do_HEAD(self) -> None:
            self._begin("HEAD")

        def _begin(self, method: str) -> Document:
            document = site.answer(method, self.path)
            site.heard = dict(self.headers)
            self.send_response(document.status)
            length = {"Content-Length": str(len(document.content))}
            for name, value in {**length, **document.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            return document

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
