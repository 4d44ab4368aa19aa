"""A workload's end of a data session, over a Unix stream socket, for asyncio.

    async with await connect("/run/chat/mesh.sock") as client:
        stream = await client.open("web", INTERACTIVE)
        await stream.write(b"hello")
        stream.finish()
        print(await stream.read_all())

A workload that serves listens itself, and its cluster vertex calls (`target: session+unix:…`):

    async def echo(stream):
        stream.answer()
        ...

    async with await serve("/run/web/sessions.sock", echo):
        ...
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from frames import FLOW, STREAM, Code
from session import Event, Session

RELIABLE, DNS, INTERACTIVE, BULK, DROPPABLE = 0, 2, 3, 4, 5
READ_SIZE = 65_536
WAITING_MAX = 65_536  # bytes of a stream that wait for credit, before `write` waits, too
DATAGRAMS_MAX = 256  # datagrams of a flow that nobody has received yet: older ones make room


class SessionLost(ConnectionError):
    """The session is over, and why."""


class StreamReset(ConnectionError):
    """The stream is over: `code` says why. With `is_untaken` nobody has looked at it, and it can be tried again elsewhere."""

    def __init__(self, code: int, text: str, is_untaken: bool = False) -> None:
        super().__init__(f"{text} (code {code})")
        self.code, self.is_untaken = code, is_untaken


class News:
    """Coroutines that wait for something to happen."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._waiting.append(asyncio.get_running_loop().create_future())
            await self._waiting[-1]

    def tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)


class Stream:
    """A stream or flow. An error of it is raised by the next call."""

    def __init__(self, client: "Client", id: int, service: str, caller: str = "", is_flow: bool = False) -> None:
        self.id, self.service, self.is_flow = id, service, is_flow
        self.caller = caller  # who has opened it; empty for one of our own
        self.is_answered = self.has_ended = self.is_finished = False
        self.acknowledged = 0
        self.error: Exception | None = None
        self.datagrams: list[bytes] = []
        self.news = News()
        self._client = client
        self._session = client.session

    async def answered(self) -> None:
        """Waits until the far end is there."""
        await self._wait(lambda: self.is_answered)

    def answer(self) -> None:
        """For a stream or flow that the other end has opened: we are there. Nothing is sent on it before."""
        self._session.answer(self.id)
        self._client.flush()

    async def write(self, data: bytes) -> None:
        """Waits where much waits for credit already."""
        await self._wait(lambda: self._kept(0) < WAITING_MAX)
        self._session.write(self.id, data)
        self._client.flush()

    def finish(self) -> None:
        """Ends our half; the other one goes on."""
        self._session.finish(self.id)
        self._client.flush()

    async def read(self, size: int = READ_SIZE) -> bytes:
        """What has come, at least one byte; b"": the far half is over."""
        await self._wait(lambda: self.has_ended or self._kept(1) > 0)
        data = self._session.read(self.id, size)
        self._client.flush()
        return data

    async def read_all(self) -> bytes:
        pieces = []
        while piece := await self.read():
            pieces.append(piece)
        return b"".join(pieces)

    async def finished(self) -> None:
        """Waits until both halves are over, and the far workload has taken all that we wrote."""
        await self._wait(lambda: self.is_finished)

    def reset(self, code: int = Code.DONE, text: str = "") -> None:
        self._session.reset(self.id, code, text)
        self.error = StreamReset(code, text)
        self._client.forget(self)

    def send(self, datagram: bytes) -> bool:
        """Of a flow. False: it is too large, or the flow is over."""
        is_sent = self._session.send_datagram(self.id, datagram)
        self._client.flush()
        return is_sent

    async def receive(self) -> bytes:
        """Of a flow: the next datagram."""
        await self._wait(lambda: bool(self.datagrams))
        return self.datagrams.pop(0)

    def _kept(self, half: int) -> int:
        """Bytes that wait for credit, or for us to read them."""
        kept = self._session.streams.get(self.id)
        return len((kept.waiting, kept.unread)[half]) if kept else 0

    async def _wait(self, condition: Callable[[], bool]) -> None:
        await self.news.wait_for(lambda: bool(self.error or self._client.error) or condition())
        if error := self.error or self._client.error:
            raise error


Handler = Callable[[Stream], Awaitable[None]]


class Client:
    """A session. `handler` gets each stream and flow that the other end opens; when it returns, or raises, what is left of it is reset."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        name: str,
        principal: str,
        handler: Handler | None = None,
    ) -> None:
        self.session = Session(name=name, principal=principal)
        self.news = News()
        self.error: Exception | None = None
        self.principal = ""
        self.is_going_away = False
        self.routes: dict[str, dict[str, Any]] = {}
        self.pressure: dict[str, Any] = {}
        self._streams: dict[int, Stream] = {}
        self._reader, self._writer = reader, writer
        self._handler = handler
        self._handled: set[asyncio.Task[None]] = set()
        self.flush()
        self._task = asyncio.create_task(self._run())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.session.close()
        self.flush()
        self._writer.close()
        await self._task

    async def ready(self) -> None:
        await self.news.wait_for(lambda: self.session.is_ready or self.error is not None)
        if self.error:
            raise self.error

    async def closed(self) -> None:
        """Waits until the session is over."""
        await self._task

    async def open(self, service: str, traffic_class: int = RELIABLE) -> Stream:
        """Waits for a place where the vertex takes no more streams at present. Bytes may follow at once."""
        return await self._open(service, traffic_class, STREAM)

    async def open_flow(self, service: str, traffic_class: int = RELIABLE) -> Stream:
        return await self._open(service, traffic_class, FLOW)

    def forget(self, stream: Stream) -> None:
        """The stream is over: there is a place for another one."""
        self._streams.pop(stream.id, None)
        self.flush()
        stream.news.tell()
        self.news.tell()

    def flush(self) -> None:
        """Hands on what has happened, and sends what is to be sent."""
        while self.session.events:
            self._handle(self.session.events.popleft())
        if self.session.output:
            self._writer.write(bytes(self.session.output))
            self.session.output.clear()

    async def _open(self, service: str, traffic_class: int, kind: int) -> Stream:
        stream: Stream | None = None

        def try_open() -> bool:
            nonlocal stream
            if self.error or self.is_going_away:
                return True
            if (id := self.session.open(service, traffic_class, kind)) is not None:
                stream = self._streams[id] = Stream(self, id, service, is_flow=kind == FLOW)
            return stream is not None

        await self.news.wait_for(try_open)
        if stream is None:
            raise self.error or SessionLost("the vertex is going away")
        self.flush()
        return stream

    async def _run(self) -> None:
        try:
            while not self.session.is_closed and (data := await self._reader.read(READ_SIZE)):
                self.session.receive(data)
                self.flush()
                # While the vertex does not read, it is not listened to: so nothing piles up here.
                await self._writer.drain()
                self.session.pongs = 0
        except OSError:
            pass
        self.session.lost()
        self.flush()
        self._writer.close()

    def _handle(self, event: Event) -> None:
        name, details = event
        if name == "ready":
            self.principal = details["principal"]
        elif name == "route":
            self.routes[details["service"]] = details
        elif name == "pressure":
            self.pressure = details
        elif name == "goAway":
            self.is_going_away = True
        elif name == "closed":
            self.error = SessionLost(f"{details['text']} (code {details['code']})")
        elif name == "opened":
            self._handle_opened(details)
        elif stream := self._streams.get(details.get("stream", 0)):
            self._handle_stream(stream, name, details)
            return
        self.news.tell()
        if self.error:
            for stream in self._streams.values():
                stream.news.tell()

    def _handle_opened(self, details: dict[str, Any]) -> None:
        id = details["stream"]
        if self._handler is None:  # 0x05: UNKNOWN_SERVICE
            self.session.reset(id, 0x05, "nobody serves it here")
            return
        stream = Stream(self, id, details["service"], details["principal"], details["streamKind"] == FLOW)
        self._streams[id] = stream
        task = asyncio.create_task(self._serve(stream, self._handler))
        self._handled.add(task)
        task.add_done_callback(self._handled.discard)

    async def _serve(self, stream: Stream, handler: Handler) -> None:
        try:
            await handler(stream)
            if not stream.is_flow and stream.error is None:
                await stream.finished()
            code, text = Code.DONE, ""
        except ConnectionError:
            return
        except Exception as error:  # 0x01: WORKLOAD_RESET
            code, text = 0x01, str(error)
        if stream.id in self._streams:
            stream.reset(code, text)

    def _handle_stream(self, stream: Stream, name: str, details: dict[str, Any]) -> None:
        if name == "answered":
            stream.is_answered = True
        elif name == "ended":
            stream.has_ended = True
        elif name == "acknowledged":
            stream.acknowledged = details["offset"]
        elif name == "datagram":
            stream.datagrams.append(details["bytes"])
            del stream.datagrams[:-DATAGRAMS_MAX]
        elif name == "reset":
            stream.error = StreamReset(details["code"], details["text"])
        elif name == "untaken":
            stream.error = StreamReset(Code.STOPPING, "the vertex has not looked at it", is_untaken=True)
        elif name == "finished":
            stream.is_finished = True
        stream.news.tell()
        if name in ("reset", "untaken", "finished"):
            del self._streams[stream.id]
            self.news.tell()


async def serve(path: str, handler: Handler, name: str = "") -> asyncio.Server:
    """Listens at `path` for a cluster vertex that calls. Closing the server ends no session that is there."""
    clients: set[Client] = set()

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(reader, writer, name, "", handler)
        clients.add(client)
        await client.closed()
        clients.discard(client)

    return await asyncio.start_unix_server(run, path)


async def connect(path: str, name: str = "", principal: str = "") -> Client:
    """A session over the socket at `path`, ready for streams. Raises OSError, SessionLost."""
    client = Client(*await asyncio.open_unix_connection(path), name, principal)
    await client.ready()
    return client
