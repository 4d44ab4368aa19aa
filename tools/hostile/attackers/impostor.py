"""A transit node answers the packets that it should carry, as if it were the service, with the certificates that it has: whoever
shows it his own in turn tells it who he is."""

import time

from aioquic.buffer import Buffer
from aioquic.quic.connection import QuicConnection
from aioquic.quic.packet import pull_quic_header
from cryptography.x509 import SubjectAlternativeName
from end import ALPN, HOP_LIMIT, mesh_packet
from sealed import NOWHERE, pump, server
from story import TOLD, identity, open_link, tell

TO_ORIGINATOR = 1
INITIAL_SIZE_MIN = 1200
SERVED_MAX = 200
PATIENCE_SECONDS = 60

link = open_link()
served: dict[bytes, QuicConnection] = {}
shown = [identity(principal) for principal in TOLD["shown"]]


def handle(packet: bytes) -> None:
    connection_id, payload = packet[4:12], packet[12 + 4 * packet[2] :]
    if not payload[0] & 0x40:
        return  # a probe of the path
    if connection_id not in served:
        if len(payload) < INITIAL_SIZE_MIN or not payload[0] & 0x80 or len(served) >= SERVED_MAX:
            return
        original_id = pull_quic_header(Buffer(data=payload)).destination_cid
        served[connection_id] = server(ALPN, shown[len(served) % len(shown)], original_id)
    served[connection_id].receive_datagram(payload, NOWHERE, time.monotonic())


def turn() -> None:
    for connection_id, quic in served.items():
        while quic.next_event() is not None:
            pass
        back = [TO_ORIGINATOR]
        pump(quic, time.monotonic(), lambda datagram: link.send_packet(mesh_packet(back, connection_id, datagram, HOP_LIMIT)))


def principal_of(quic: QuicConnection) -> str | None:
    certificate = None if quic.tls is None else quic.tls._peer_certificate
    if certificate is None:
        return None
    names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    return str(next(iter(names)).value)


link.on_packet, link.on_turn = handle, turn
link.keep(TOLD["seconds"])
# On a busy machine the originator comes back later.
link.keep_while(lambda: len(served) < TOLD["handshakes"], PATIENCE_SECONDS)
leaked = [name for quic in served.values() if (name := principal_of(quic)) is not None]
tell(link, handshakes=len(served), leaked=leaked)
