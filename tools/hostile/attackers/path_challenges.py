"""PATH_CHALLENGE frames, each of which wants an answer, from somebody who acknowledges nothing: the answers wait."""

import os
from itertools import repeat

import frames
from story import TOLD, flood, hear, open_carrier, space, tell

PACKETS_PER_SECOND = 4_000

link, carrier = open_carrier()
link.is_deaf = carrier.is_deaf = True
challenges = (frames.path_challenge(os.urandom(8)) for _ in repeat(None))
flood(link, carrier, frames.packed(challenges, space(carrier)), megabytes=TOLD["megabytes"], per_second=PACKETS_PER_SECOND)
hear(link, carrier)
tell(link, carrier)
