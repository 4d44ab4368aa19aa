"""QUIC frames as bytes (RFC 9000, 19; RFC 9221), sound or not."""

from collections.abc import Iterable, Iterator

from aioquic.buffer import encode_uint_var as uint

PING = b"\x01"


def ack(largest: int, first_range: int, delay: int = 0, ranges: tuple[tuple[int, int], ...] = ()) -> bytes:
    """Acknowledges `largest` and the `first_range` numbers before it; each further range is (gap, length)."""
    head = b"\x02" + uint(largest) + uint(delay) + uint(len(ranges)) + uint(first_range)
    return head + b"".join(uint(gap) + uint(length) for gap, length in ranges)


def crypto(offset: int, data: bytes) -> bytes:
    return b"\x06" + uint(offset) + uint(len(data)) + data


def datagram(data: bytes) -> bytes:
    return b"\x31" + uint(len(data)) + data


def max_data(count: int) -> bytes:
    return b"\x10" + uint(count)


def max_stream_data(stream_id: int, count: int) -> bytes:
    return b"\x11" + uint(stream_id) + uint(count)


def new_connection_id(sequence: int, retire_prior_to: int, connection_id: bytes, token: bytes) -> bytes:
    return b"\x18" + uint(sequence) + uint(retire_prior_to) + bytes([len(connection_id)]) + connection_id + token


def path_challenge(data: bytes) -> bytes:
    return b"\x1a" + data


def reset_stream(stream_id: int, code: int, final_size: int) -> bytes:
    return b"\x04" + uint(stream_id) + uint(code) + uint(final_size)


def stop_sending(stream_id: int, code: int) -> bytes:
    return b"\x05" + uint(stream_id) + uint(code)


def stream(stream_id: int, offset: int, data: bytes, *, fin: bool = False) -> bytes:
    return bytes([0x0E | fin]) + uint(stream_id) + uint(offset) + uint(len(data)) + data


def padded(frames: bytes, size: int) -> bytes:
    return frames + bytes(size - len(frames))


def packed(frames: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Joins frames to payloads, each of as many as `size` bytes hold."""
    payload = b""
    for frame in frames:
        if len(payload) + len(frame) > size:
            yield payload
            payload = b""
        payload += frame
    if payload:
        yield payload
