"""A link vertex over TLS with whatever identity it is given, in order or not: for those who test others.

unchecked.py link_tls run --config FILE          or link_serial
"""

import importlib
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from credentials import SPIFFE, Credentials, Peer, file_of
from vertex import run


def read_name(_: Credentials, folder: str) -> Peer:
    """Without a handshake, and whoever it is of is called a vertex."""
    argv = ["openssl", "x509", "-in", file_of(folder, "chain.pem"), "-noout", "-ext", "subjectAltName"]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    found = re.search(SPIFFE, text)
    assert found is not None, text
    cluster, _, name = found.groups()
    return Peer(cluster, "vertex", name, 0.0)


if __name__ == "__main__":
    Credentials._own_name = read_name
    run(importlib.import_module(sys.argv.pop(1)).make_links, __doc__ or "")
