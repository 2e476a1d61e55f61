"""A proxy before a server that counts the requests, and answers some of them itself."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        return urlsplit(self.target).query


@dataclass
class Fault:
    """An answer that is not the server's.

    Attributes:
        status: 0 closes the connection without a word.
        after: The server has done what it was asked.
        cut: The server's own answer, and only the first half of its body.
        times: For how many requests that fit.
    """

    fits: Callable[[Request], bool]
    status: int
    body: bytes = b""
    after: bool = False
    cut: bool = False
    times: int = 1_000_000
    headers: dict[str, str] = field(default_factory=dict)


class Proxy:
    def __init__(self, port: int) -> None:
        self.upstream = port
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self._lock = threading.Lock()
        self._answering = 0
        self._answered = threading.Condition()
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def methods(self) -> dict[str, int]:
        """How many requests there were of each method, and none from now on."""
        with self._lock:
            found = Counter(_kind(one) for one in self.requests)
            self.requests.clear()
        return dict(found)

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._answered:
            self._answering += 1
        try:
            yield
        finally:
            with self._answered:
                self._answering -= 1
                self._answered.notify_all()

    def settle(self) -> None:
        """Wait until the server has done all that it was asked: who asked may be dead by then."""
        with self._answered:
            assert self._answered.wait_for(lambda: self._answering == 0, timeout=60)

    def seen(self, request: Request) -> Fault | None:
        with self._lock:
            self.requests.append(request)
            for fault in self.faults:
                if fault.times and fault.fits(request):
                    fault.times -= 1
                    return fault
        return None


def _kind(request: Request) -> str:
    listing = ("list-type=", "comp=list&", "restype=container")
    named = urlsplit(request.target).path.rstrip("/")
    lists = any(word in request.query for word in listing) or named.endswith("/o")
    return "LIST" if lists and request.method == "GET" else request.method


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes: the second must not wait for the first one's receipt.
    disable_nagle_algorithm = True
    proxy: ClassVar[Proxy]
    upstream: HTTPConnection | None = None

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def answer(self) -> None:
        with self.proxy.answering():
            self._answer()

    def _answer(self) -> None:
        body = self._body()
        request = Request(self.command, self.path, dict(self.headers.items()))
        fault = self.proxy.seen(request)
        if fault is not None and not (fault.after or fault.cut):
            return self._give(fault.status, list(fault.headers.items()), fault.body)
        status, headers, answer = self._ask(body)
        if fault is not None and fault.after:
            return self._give(fault.status, list(fault.headers.items()), fault.body)
        return self._give(status, headers, answer, cut=fault is not None)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = answer  # noqa: N815

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        upstream = HTTPConnection("127.0.0.1", self.proxy.upstream, timeout=60)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {*HOP_BY_HOP, "expect"}:
                    upstream.putheader(name, value)
            upstream.putheader("Content-Length", str(len(body)))
            upstream.endheaders(body)
            found = upstream.getresponse()
            content = found.read()
            return found.status, found.getheaders(), content
        finally:
            upstream.close()

    def _give(
        self, status: int, headers: list[tuple[str, str]], body: bytes, *, cut: bool = False
    ) -> None:
        if status == 0:
            self.close_connection = True
            return
        length = str(len(body))
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def log_message(self, *_: Any) -> None:
        pass
