"""Another vertex with the same user certificate says that it is the first one, started later: in the future."""

import time

from end import End, Ends
from sealed import Identity
from story import TOLD, open_link, tell

A_DAY_MS = 86_400_000

link = open_link()
end = End(Ends(link), TOLD["labels"]["web"], Identity(TOLD["user"]))
end.open(TOLD["vertex"], int(time.time() * 1000) + A_DAY_MS)
link.keep(TOLD["seconds"])
tell(link, end)
