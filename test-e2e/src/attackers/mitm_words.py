"""An addon of mitmproxy: puts one word in the place of another, as long as it is, in all answers that pass, and keeps what has passed in a file."""

import os

OLD, NEW = os.environb[b"MITM_OLD"], os.environb[b"MITM_NEW"]
assert len(OLD) == len(NEW)


def request(flow):
    # Packed octets could not be changed.
    flow.request.headers["accept-encoding"] = "identity"


def responseheaders(flow):
    flow.response.stream = change


def change(part):
    with open(os.environb[b"MITM_SEEN"], "ab") as seen:
        seen.write(part)
    return part.replace(OLD, NEW)
