"""Closes links with reasons that are no plain text: they turn the writing direction, begin new lines, and are long."""

from link import Link
from story import TOLD, identity, tell

REASON = "ok\u202e\u2066\r\nfake: line\x1b[2J\x07\0" + "x" * 600
UNKNOWN_CODE = 0x77

packets = octets = 0
for _ in range(TOLD["count"]):
    link = Link(TOLD["endpoint"], identity("vertex"))
    link.open()
    link.quic.close(error_code=UNKNOWN_CODE, reason_phrase=REASON)
    link.turn(0.05)
    link.keep(0.2)
    packets += link.packets_sent
    octets += link.bytes_sent
link.packets_sent, link.bytes_sent = packets, octets
tell(link)
