"""A user who is on no allow list makes connections to a service and holds them, as long as it is let."""

from end import End, Ends
from link import LinkOver
from story import TOLD, identity, open_link, tell

link = open_link()
ends = Ends(link)
made = []
refused = 0
for index in range(TOLD["count"]):
    end = End(ends, TOLD["labels"]["web"], identity("user/mallory"))
    # Each attempt is a vertex of its own: a later life of the same vertex would end the earlier.
    try:
        end.open(f"m{index}")
        made.append(end)
    except (LinkOver, TimeoutError):
        refused += 1
link.keep(TOLD["holdSeconds"])
tell(link, held=sum(end.closed is None for end in made), refused=refused)
