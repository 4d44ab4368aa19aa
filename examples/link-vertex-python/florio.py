"""FlorIO, as docs/protocol/florio.md has it: frames, and one side of a pair of local datagram sockets.

    port = Port("/run/…/demo.sock", "/run/…/florio.sock")
    port.try_connect(now)             at every turn while it is not connected
    for received in port.receive():   a message (bytes), or (handle, packets)
    port.add_message(message); port.add_packet(handle, packet)
    port.flush()                      at the end of every turn: all packets of the turn for one link share a frame
"""

import os
import stat
import struct
from collections import Counter, deque
from collections.abc import Iterator
from errno import EADDRINUSE, ECONNREFUSED, ECONNRESET, ENOENT, ENOTCONN
from socket import AF_UNIX, SOCK_DGRAM, socket

FRAME_SIZE_MAX = 65_000
HEADER = struct.Struct("!BBHI")  # version, type, flags, link handle
DATA, CONTROL = 1, 2
FRAMES_WAITING_MAX = 64
BYTES_WAITING_MAX = 1 << 20
PATH_SIZE_MAX = 107
MESSAGES_WAITING_MAX = 64
READS_MAX = 64  # in one turn, so that the other sockets have theirs
RETRY_S = 0.1
FILE_CHECK_S = 1.0

Packets = tuple[int, list[bytes]]


class FrameError(ValueError):
    """What is wrong with a frame: malformed, version or type."""


def read_frame(frame: bytes) -> bytes | Packets:
    """The message of a CONTROL frame; the handle and the packets of a DATA frame. Raises FrameError."""
    if frame[:1] != b"\x01":
        raise FrameError("version" if frame else "malformed")
    if not HEADER.size < len(frame) <= FRAME_SIZE_MAX:
        raise FrameError("malformed")
    _, kind, _, handle = HEADER.unpack_from(frame)
    if kind == CONTROL:
        return frame[HEADER.size :]
    if kind != DATA:
        raise FrameError("type")
    packets = []
    at = HEADER.size
    while at + 2 < len(frame):
        end = at + 2 + (frame[at] << 8 | frame[at + 1])
        packets.append(frame[at + 2 : end])
        if end == at + 2:
            break
        at = end
    if handle == 0 or at != len(frame):
        raise FrameError("malformed")
    return handle, packets


def check_path(path: str) -> str:
    """A path as both sides have to write it. Raises ValueError for another one."""
    if os.path.normpath(path) != path or not os.path.isabs(path) or len(os.fsencode(path)) > PATH_SIZE_MAX:
        raise ValueError(f"{path} has to be absolute, in its shortest form, and of at most {PATH_SIZE_MAX} bytes")
    return path


class Port:
    """Our socket, tied to the partner's whenever that is there. Raises OSError or ValueError when it cannot be bound."""

    def __init__(self, own_path: str, partner_path: str) -> None:
        self.is_connected = False
        self.counters: Counter[str] = Counter()
        self._own_path = own_path
        self._partner_path = partner_path
        self._control: deque[bytes] = deque()
        self._frames: deque[bytearray] = deque()
        self._newest: dict[int, bytearray] = {}  # by handle: the waiting frame that may have room for more
        self._bytes_waiting = 0
        self._next_try = self._next_file_check = 0.0
        self._bind()

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def has_waiting(self) -> bool:
        return self.is_connected and bool(self._control or self._frames)

    def try_connect(self, now: float) -> bool:
        """Whether we are connected as of now. To be called at every turn while we are not."""
        if now < self._next_try:
            return False
        self._next_try = now + RETRY_S
        if now >= self._next_file_check:
            self._next_file_check = now + FILE_CHECK_S
            if not self._is_file_ours():
                self._socket.close()
                self._bind()
        self.is_connected = self._socket.connect_ex(self._partner_path) == 0
        return self.is_connected

    def receive(self) -> Iterator[bytes | Packets]:
        for _ in range(READS_MAX):
            try:
                frame, sender = self._socket.recvfrom(FRAME_SIZE_MAX + 1)
            except OSError as error:
                # A partner that bound anew in haste leaves this error here: it means nothing.
                if error.errno == ECONNRESET:
                    continue
                return
            if sender != self._partner_path:
                self.counters["framesDroppedSender"] += 1
                continue
            try:
                yield read_frame(frame)
            except FrameError as error:
                self.counters[f"framesDropped{str(error).capitalize()}"] += 1

    def add_message(self, message: bytes) -> None:
        if self.is_connected and len(self._control) < MESSAGES_WAITING_MAX:
            self._control.append(HEADER.pack(1, CONTROL, 0, 0) + message)
        else:
            self.counters["controlDropped"] += 1

    def add_packet(self, handle: int, packet: bytes) -> None:
        size = 2 + len(packet)
        if not self.is_connected or self._bytes_waiting + size > BYTES_WAITING_MAX:
            self.counters["packetsDropped"] += 1
            return
        frame = self._newest.get(handle)
        if frame is None or len(frame) + size > FRAME_SIZE_MAX:
            if len(self._frames) >= FRAMES_WAITING_MAX:
                self.counters["packetsDropped"] += 1
                return
            frame = self._newest[handle] = bytearray(HEADER.pack(1, DATA, 0, handle))
            self._frames.append(frame)
        frame += len(packet).to_bytes(2, "big")
        frame += packet
        self._bytes_waiting += size

    def flush(self) -> None:
        """Sends what waits, messages first, for as long as the socket takes it. May find the partner gone."""
        while self.has_waiting:
            queue = self._control or self._frames
            try:
                self._socket.send(queue[0])
            except BlockingIOError:
                self.counters["socketFull"] += 1
                return
            except OSError as error:
                if error.errno in (ECONNREFUSED, ENOTCONN):
                    self._disconnect()
                    return
                if error.errno == ECONNRESET:
                    continue
                self.counters["framesUnsendable"] += 1
            sent = queue.popleft()
            if queue is self._frames:
                self._forget(sent)

    def close(self) -> None:
        if self._is_file_ours():
            os.unlink(self._own_path)
        self._socket.close()

    def _forget(self, frame: bytearray) -> None:
        self._bytes_waiting -= len(frame) - HEADER.size
        handle = HEADER.unpack_from(frame)[3]
        if self._newest.get(handle) is frame:
            del self._newest[handle]

    def _disconnect(self) -> None:
        self.is_connected = False
        self.counters["disconnects"] += 1
        self._control.clear()
        self._frames.clear()
        self._newest.clear()
        self._bytes_waiting = 0

    def _bind(self) -> None:
        self._socket = socket(AF_UNIX, SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind(self._own_path)
        except OSError as error:
            if error.errno != EADDRINUSE:
                raise
            _remove_stale_socket(self._own_path)
            self._socket.bind(self._own_path)
        os.chmod(self._own_path, 0o660)
        self._inode = os.lstat(self._own_path).st_ino

    def _is_file_ours(self) -> bool:
        try:
            return os.lstat(self._own_path).st_ino == self._inode
        except FileNotFoundError:
            return False


def _remove_stale_socket(path: str) -> None:
    """Removes a socket whose process has died. Raises ValueError when it is in use, or is no socket."""
    found = os.lstat(path)
    if not stat.S_ISSOCK(found.st_mode):
        raise ValueError(f"{path} is in the way: move it away")
    with socket(AF_UNIX, SOCK_DGRAM) as probe:
        answer = probe.connect_ex(path)
    if answer == ECONNREFUSED and os.lstat(path).st_ino == found.st_ino:
        os.unlink(path)
    elif answer != ENOENT:
        raise ValueError(f"{path} is in use by another process ({os.strerror(answer)})")
