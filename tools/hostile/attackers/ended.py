"""Makes a link, or a connection end to end, with a certificate that is about to end, and goes on with it."""

from end import End, Ends
from link import Link
from story import TOLD, identity, tell

link = Link(TOLD["endpoint"], identity("brief/vertex" if TOLD["over"] == "link" else "vertex"))
link.open()
attacked: Link | End = link
if TOLD["over"] == "end":
    attacked = End(Ends(link), TOLD["labels"]["web"], identity("brief/carol"))
    attacked.open()
link.keep_while(lambda: attacked.closed is None, TOLD["seconds"])
tell(link, attacked)
