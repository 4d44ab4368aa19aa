"""What carries a link: a session on a stream, and who is at its other end. What a stream and a medium are."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from credentials import Credentials, Refusal, judge_peer
from hello import Order
from judge import Question, Verdict
from judgement import Judgement
from portal import ACCEPTOR, ORIGINATOR, Link, Portal
from retries import Retries
from session import Session


class Stream(Protocol):
    """A stream of bytes to a neighbour, as socket_stream.py has it."""

    name: str
    is_open: bool
    end: Refusal | None  # why it is over, once it is

    @property
    def can_send(self) -> bool: ...
    def receive(self) -> bytes | memoryview: ...
    def send(self, data: bytes) -> None: ...
    def flush(self) -> None: ...
    def fail(self, code: str, text: str) -> None: ...

    def handle_turn(self, now: float) -> None:
        """To be called until the stream is open."""


class Medium(Protocol):
    """Makes streams, and takes them back when they are over."""

    @property
    def is_idle(self) -> bool: ...

    def call(self, endpoint: str, now: float) -> Stream:
        """Raises Refusal for an endpoint that is none."""

    def accept(self, now: float) -> Iterable[Stream]:
        """Streams that neighbours have begun. Called first in a turn."""

    def close(self, stream: Stream, now: float) -> None: ...
    def handle_turn(self, now: float) -> None: ...


@dataclass(eq=False)
class Carrier:
    """A session, its stream, and the link that it carries or may come to carry."""

    stream: Stream
    credentials: Credentials
    end: "LinkEnd | None" = None  # None: of a stranger
    order: Order = (0, "", 0)
    session: Session | None = None  # None: the stream is not open yet
    handle: int = 0
    up_at: float = 0.0
    closes_at: float = float("inf")  # a newer session has taken over, and this one drains
    judgement: Judgement = field(default_factory=Judgement)

    @property
    def is_stranger(self) -> bool:
        return self.end is None and (self.session is None or self.session.end is None)

    @property
    def verdict(self) -> Verdict | None:
        return self.judgement.verdict

    def judge(self, portal: Portal, session: Session) -> bool:
        """True once, when the peer is let in. Raises Refusal when it is not, or is not any more."""
        is_first = self.judgement.advance(
            portal, lambda: self._new_question(session), lambda: self._judge_ourselves(session)
        )
        if self.verdict is not None:
            portal.pins.check(self.verdict.name, session.chain[0])
        return is_first

    def _new_question(self, session: Session) -> Question:
        return Question(ACCEPTOR if session.is_originator else ORIGINATOR, self._expected, session.chain)

    @property
    def _expected(self) -> str:
        if self.end is not None:
            return self.end.link.peer
        return "" if self.verdict is None else self.verdict.name

    def _judge_ourselves(self, session: Session) -> Verdict:
        """TLS has verified the chain, also by the lists of the identity folder. It stays at that where the cluster vertex has no roots."""
        assert session.peer is not None
        judge_peer(session.peer, self.credentials.own, self._expected)
        self.credentials.check_lists(session.chain)
        return Verdict("", "", session.peer.name, session.peer.ends_at, 0)


@dataclass(eq=False)
class LinkEnd:
    """Our end of a link."""

    link: Link
    current: Carrier | None = None
    attempt: Carrier | None = None  # an originator's call, or an offer that an acceptor has taken
    retries: Retries = field(default_factory=Retries)
    renew_at: float = float("inf")
    is_congested: bool = False
