"""
Plays a cluster vertex that somebody has captured: runs within its unit, as its user and in its sandbox, and tries what is another cluster's.

    captured.py OWN OTHER PID-OF-OTHER PID-OF-LINK-FLOR

Prints a line of JSON for each try: {"what": …, "whose": "own" or "other", "errno": name or null, "found": …}. What is tried on the other
cluster is tried on its own, too, where it has to work: so that a try which never works shows.
"""

import ctypes
import errno
import json
import os
import signal
import socket
import stat
import sys

OWN, OTHER, OTHER_PID, LINK_PID = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206
libc = ctypes.CDLL(None, use_errno=True)


def attempt(what, whose, action):
    try:
        found, failure = action(), None
    except OSError as error:
        found, failure = None, errno.errorcode.get(error.errno, str(error.errno))
    print(json.dumps({"what": what, "whose": whose, "errno": failure, "found": found}), flush=True)


def ask(path, request="GET /status HTTP/1.0\r\n\r\n"):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(10)
        client.connect(path)
        client.sendall(request.encode())
        return client.recv(4096).decode().split("\r\n")[0]


def send_datagram(path):
    """A frame that nobody understands. EPERM is the kernel's word for a socket that is there, may be written, and is connected to another one."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"\0", path)


def take_place(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as thief:
        thief.bind(path)
    os.unlink(path)


def read(path):
    with open(path, "rb") as file:
        return len(file.read(64))


def change(path):
    with open(path, "ab"):
        pass


def trace(request, pid):
    if libc.ptrace(request, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def memory_of(pid):
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        return len(file.read(1))


def tries(cluster, whose):
    run, link, etc = f"/run/florenetes-cluster-{cluster}", "/run/florenetes-link", f"/etc/florenetes/{cluster}"
    for name in ("admin.sock", "admin-control.sock"):
        attempt(f"ask {name}", whose, lambda name=name: ask(f"{run}/{name}"))
    attempt("read the config that runs", whose, lambda: ask(f"{run}/admin-control.sock", "GET /config HTTP/1.0\r\n\r\n"))
    attempt("look into its run folder", whose, lambda: sorted(os.listdir(run)))
    attempt("send to its FlorIO socket", whose, lambda: send_datagram(f"{run}/florio.sock"))
    attempt("send to link-flor's FlorIO socket for it", whose, lambda: send_datagram(f"{link}/{cluster}.sock"))
    attempt("make a socket in its run folder", whose, lambda: take_place(f"{run}/thief.sock"))
    attempt("read its config", whose, lambda: read(f"{etc}/cluster-flor.yaml"))
    attempt("read its user's key", whose, lambda: read(f"{etc}/user/alice/key.pem"))
    attempt("write its user's list", whose, lambda: change(f"{etc}/user/alice/crl-numbers"))
    attempt("look into its state", whose, lambda: len(os.listdir(f"/var/lib/florenetes/cluster-{cluster}")))
    attempt("write its state", whose, lambda: change(f"/var/lib/florenetes/cluster-{cluster}/tried"))


def tries_on_process(pid, whose):
    attempt("see its process", whose, lambda: stat.S_ISDIR(os.stat(f"/proc/{pid}").st_mode))
    attempt("read its environment", whose, lambda: read(f"/proc/{pid}/environ"))
    attempt("read its memory", whose, lambda: memory_of(pid))
    attempt("go through its root", whose, lambda: len(os.listdir(f"/proc/{pid}/root")))
    attempt("signal it", whose, lambda: os.kill(pid, signal.SIGCONT))
    attempt("kill it", whose, lambda: os.kill(pid, signal.SIGKILL) if whose != "own" else None)
    for request in (PTRACE_ATTACH, PTRACE_SEIZE):
        attempt(f"ptrace it ({request})", whose, lambda request=request: trace(request, pid))


tries(OWN, "own")
tries(OTHER, "other")
tries_on_process(OTHER_PID, "other")
tries_on_process(LINK_PID, "other")
attempt("read link-flor's config", "other", lambda: read("/etc/florenetes/link-flor.yaml"))
attempt("read its own vertex's key, which is link-flor's", "other", lambda: read(f"/etc/florenetes/{OWN}/vertex/key.pem"))
attempt("look into link-flor's folder", "other", lambda: os.listdir("/run/florenetes-link"))
attempt("ask link-flor's admin.sock", "other", lambda: ask("/run/florenetes-link/admin.sock"))
attempt("ask link-flor's admin-control.sock", "other", lambda: ask("/run/florenetes-link/admin-control.sock"))
attempt("make a socket in link-flor's folder", "other", lambda: take_place("/run/florenetes-link/thief.sock"))
attempt("take the other's folder away", "other", lambda: os.rename(f"/run/florenetes-cluster-{OTHER}", "/run/stolen"))
print(json.dumps({"what": "groups", "whose": "own", "errno": None, "found": os.getgroups()}))
