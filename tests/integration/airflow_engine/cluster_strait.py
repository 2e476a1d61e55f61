"""A way to a server that lets all but the last byte of one request through, and then nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import ClassVar

__all__ = ["Strait"]

_PIECE = 65536


class Strait:
    """Whoever sent the request waits for the answer; when it is gone, so is the way.

    Args:
        ends_at: What the first bytes of that request are.
    """

    def __init__(self, port: int, ends_at: Callable[[bytes], bool]) -> None:
        self.upstream = port
        self.reached = threading.Event()
        self._ends_at = ends_at
        self._server = ThreadingTCPServer(("127.0.0.1", 0), type("Way", (_Way,), {"strait": self}))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def lets_through(self, data: bytes) -> bool:
        if self.reached.is_set() or not self._ends_at(data):
            return True
        self.reached.set()
        return False


class _Way(BaseRequestHandler):
    strait: ClassVar[Strait]

    def handle(self) -> None:
        with (
            suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", self.strait.upstream)) as server,
        ):
            threading.Thread(target=self._answer, args=(server,), daemon=True).start()
            through = True
            while data := self.request.recv(_PIECE):
                if through and not (through := self.strait.lets_through(data)):
                    server.sendall(data[:-1])
                elif through:
                    server.sendall(data)

    def _answer(self, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(_PIECE):
                self.request.sendall(data)
