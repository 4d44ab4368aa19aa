"""Connection IDs that are given and retired without end, while nothing is acknowledged: each leaves a note, and each
further one is looked for among all notes (CVE-2024-1410)."""

import os
from itertools import count, islice

import frames
from end import End, Ends
from link import Link, LinkOver
from story import TOLD, flood, hear, identity, open_link, space, tell

PACKETS_PER_SECOND = 4_000
LOOKED_FOR_PER_SECOND = 250


def given(sequence: int, retire_prior_to: int) -> bytes:
    return frames.new_connection_id(sequence, retire_prior_to, os.urandom(8), os.urandom(16))


link = open_link()
carrier: Link | End = link
if TOLD["over"] == "end":
    # End-to-end connection IDs are empty, so that none can be retired. An attacker may use an ID all the same.
    carrier = End(Ends(link), TOLD["labels"]["web"], identity("user/carol"), id_size=8)
    try:
        carrier.open()
    except (LinkOver, TimeoutError) as refusal:
        tell(link, refused=str(refusal))
        raise SystemExit from None
link.is_deaf = carrier.is_deaf = True
even = (given(sequence, sequence) for sequence in count(2, 2))
flood(link, carrier, frames.packed(even, space(carrier)), megabytes=TOLD["megabytes"], per_second=PACKETS_PER_SECOND)
odd = (given(sequence, 0) for sequence in count(3, 2))
searches = islice(frames.packed(odd, space(carrier)), LOOKED_FOR_PER_SECOND * TOLD["seconds"])
flood(link, carrier, searches, megabytes=TOLD["megabytes"], per_second=LOOKED_FOR_PER_SECOND)
hear(link, carrier)
tell(link, carrier)
