"""A QUIC connection that says what it likes: aioquic makes the handshake, and after it any frames go out in packets with true keys."""

import os
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet import QuicProtocolVersion
from aioquic.quic.stream import StreamFinishedError
from aioquic.tls import Epoch

NUMBER_SIZE = 4
TAG_SIZE = 16
LARGE = 1 << 40
NOWHERE = ("192.0.2.1", 1)
"""aioquic wants an address; who carries its packets knows where they go."""


@dataclass
class Identity:
    """A folder as the CLI makes it: key.pem, chain.pem."""

    folder: str

    def load_into(self, configuration: QuicConfiguration) -> None:
        configuration.load_cert_chain(f"{self.folder}/chain.pem", f"{self.folder}/key.pem")


def client(alpn: str, identity: Identity | None, *, id_size: int = 8, **more) -> QuicConnection:
    """A connection that has yet to begin. With `id_size` 0 its own connection IDs are empty."""
    configuration = _configuration(alpn, identity, id_size=id_size, is_client=True, **more)
    connection = QuicConnection(configuration=configuration)
    if id_size == 0:
        # The first packets need a destination connection ID all the same (RFC 9000, 7.2).
        connection._peer_cid.cid = connection._original_destination_connection_id = os.urandom(8)
    connection._replenish_connection_ids = lambda: None
    _pass_over_raw_streams(connection)
    return connection


def server(alpn: str, identity: Identity, original_id: bytes, *, id_size: int = 0, **more) -> QuicConnection:
    """A server's connection, which asks its client for a certificate."""
    configuration = _configuration(alpn, identity, id_size=id_size, is_client=False, **more)
    connection = QuicConnection(configuration=configuration, original_destination_connection_id=original_id)
    connection._replenish_connection_ids = lambda: None
    begin = connection._initialize

    def initialize(peer_id: bytes) -> None:
        begin(peer_id)
        connection.tls._request_client_certificate = True

    connection._initialize = initialize
    return connection


def _pass_over_raw_streams(connection: QuicConnection) -> None:
    """Streams that we made by frames of our own are none to aioquic: what the other end says of them is only counted, by frame type."""
    connection.frames_passed_over = Counter()
    find = connection._get_or_create_stream

    def find_or_count(frame_type: int, stream_id: int):
        if stream_id in connection._streams:
            return find(frame_type, stream_id)
        connection.frames_passed_over[frame_type] += 1
        raise StreamFinishedError

    connection._get_or_create_stream = find_or_count


def _configuration(alpn: str, identity: Identity | None, *, id_size: int, is_client: bool, **more) -> QuicConfiguration:
    configuration = QuicConfiguration(
        alpn_protocols=[alpn],
        is_client=is_client,
        connection_id_length=id_size,
        verify_mode=ssl.CERT_NONE,
        supported_versions=[QuicProtocolVersion.VERSION_1],
        max_data=LARGE,
        max_stream_data=LARGE,
        max_datagram_frame_size=65_535,
        idle_timeout=300.0,
        **more,
    )
    if identity is not None:
        identity.load_into(configuration)
    return configuration


def seal(connection: QuicConnection, frames: bytes, *, to_id: bytes | None = None) -> bytes:
    """A 1-RTT packet with these frames. aioquic counts its number as used, and forgets it."""
    crypto = connection._cryptos[Epoch.ONE_RTT]
    number = connection._packet_number
    connection._packet_number += 1
    first = 0x40 | (crypto.key_phase << 2) | (NUMBER_SIZE - 1)
    to_id = connection._peer_cid.cid if to_id is None else to_id
    if not crypto.send.is_valid():
        return b""  # it is over
    header = bytes([first]) + to_id + number.to_bytes(NUMBER_SIZE, "big")
    return crypto.encrypt_packet(header, frames, number)


def room(connection: QuicConnection, size: int) -> int:
    """Bytes of frames in a packet of `size` bytes."""
    return size - 1 - len(connection._peer_cid.cid) - NUMBER_SIZE - TAG_SIZE


def is_established(connection: QuicConnection) -> bool:
    return connection._handshake_complete


def pump(connection: QuicConnection, now: float, send: Callable[[bytes], None]) -> None:
    """Does what is due."""
    due = connection.get_timer()
    if due is not None and due <= now:
        connection.handle_timer(now)
    for datagram, _ in connection.datagrams_to_send(now):
        send(datagram)
