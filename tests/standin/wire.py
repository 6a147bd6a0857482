"""HTTP/1.1 on asyncio, as far as loopback clients need it, down to resets and half lines.

A web framework would cost several times the CPU beside the clients that are measured, and would not let go of
a connection in the middle of a line.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
JSON = "application/json"
PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Call:
    """What a client sent. Names of headers are in small letters."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Answer:
    """What goes back: a body as bytes, or as pieces when it is streamed."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = JSON
    delay: float = 0.0
    reset: bool = False
    cut: int = -1
    pace: int = 0
    pause: float = 0.0
    begun: Callable[[], None] | None = None  # called when the first byte is about to go out
    done: Callable[[], None] | None = None  # called when the delay is over, or the client gone

    @property
    def plain(self) -> bool:
        """Whether one write says it all."""
        return isinstance(self.body, bytes) and self.cut < 0 and not self.pace

    def land(self) -> None:
        """Say once that the delay is over."""
        done, self.done = self.done, None
        if done:
            done()


def as_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer that says `value`; lone surrogates go out as escapes."""
    return Answer(status, json.dumps(value, separators=(",", ":")).encode(), headers or {})


class Connection(asyncio.Protocol):
    """One client: reads calls, asks `respond`, writes answers, one after the other."""

    def __init__(self, respond: Callable[[Call], Answer], connections: set[Connection]) -> None:
        self._respond = respond
        self._connections = connections
        self._buffer = bytearray()
        self._head: tuple[str, str, dict[str, str]] | None = None
        self._answering: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._answering:
            self._answering.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._read()

    def abort(self) -> None:
        """Reset the connection, so that the client sees ECONNRESET and not a polite end."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None and not self._transport.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _read(self) -> None:
        while self._answering is None and not self._transport.is_closing():
            if self._head is None:
                end = self._buffer.find(b"\r\n\r\n")
                if end < 0:
                    return
                self._head = _head(bytes(self._buffer[:end]))
                del self._buffer[: end + 4]
                if self._head[2].get("expect") == "100-continue":
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            method, target, headers = self._head
            length = int(headers.get("content-length", "0"))
            if len(self._buffer) < length:
                return
            body = bytes(self._buffer[:length])
            del self._buffer[:length]
            self._head = None
            path, _, query = target.partition("?")
            self._send(self._respond(Call(method, path, dict(parse_qsl(query)), headers, body)), headers)

    def _send(self, answer: Answer, asked: dict[str, str]) -> None:
        if answer.plain and not answer.delay and not answer.reset:
            self._write(answer)
            if asked.get("connection") == "close":
                self._transport.close()
        else:
            self._answering = asyncio.get_running_loop().create_task(self._later(answer))
            self._answering.add_done_callback(lambda _: answer.land())  # also when it never began

    def _write(self, answer: Answer) -> None:
        if answer.begun:
            answer.begun()
        body = cast(bytes, answer.body)
        self._transport.write(_opening(answer, f"content-length: {len(body)}") + body)

    async def _later(self, answer: Answer) -> None:
        await asyncio.sleep(answer.delay)
        answer.land()
        if answer.reset:
            self.abort()
        elif answer.plain:
            self._write(answer)
        else:
            await self._stream(answer)
        self._answering = None
        self._read()

    async def _stream(self, answer: Answer) -> None:
        if answer.begun:
            answer.begun()
        self._transport.write(_opening(answer, "transfer-encoding: chunked"))
        left = answer.cut if answer.cut >= 0 else float("inf")
        for piece in _pieces(answer):
            said = piece[: int(min(left, len(piece)))]
            if said:
                self._transport.write(b"%x\r\n%s\r\n" % (len(said), said))
            left -= len(said)
            await self._writable.wait()
            await asyncio.sleep(answer.pause if answer.pace else 0)
            if left <= 0:
                await asyncio.sleep(0.05)  # a reset discards what the client's side has not taken in
                self.abort()
                return
        self._transport.write(b"0\r\n\r\n")


def _head(raw: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = raw.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return method, target, headers


def _opening(answer: Answer, framing: str) -> bytes:
    reason = REASONS.get(answer.status, "Status")
    lines = [f"HTTP/1.1 {answer.status} {reason}", f"content-type: {answer.kind}", framing]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _pieces(answer: Answer) -> Iterable[bytes]:
    size = answer.pace or PIECE
    for part in (answer.body,) if isinstance(answer.body, bytes) else answer.body:
        yield from (part[at : at + size] for at in range(0, len(part), size))
