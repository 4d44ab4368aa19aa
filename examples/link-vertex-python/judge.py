"""Questions to the cluster vertex whether a peer may be at the other end of a link (docs/protocol/portal-api.md, "Judging peers"). Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from portal_messages import Message

UNANSWERED_MAX = 32
CERTIFICATES_MAX, CHAIN_SIZE_MAX = 8, 16_384  # of a chain
REPEAT_S, REPEAT_MAX_S = 0.1, 1.0


@dataclass(frozen=True)
class Verdict:
    """`code` is empty when the peer may be let in; then `name` says who it is, and `good_until` (seconds since 1970) until when."""

    code: str
    text: str
    name: str
    good_until: float
    generation: int


@dataclass(eq=False)
class Question:
    """What is asked of one peer; `verdict` is there once it is answered."""

    presenter: int  # the role of the end that presents the chain
    peer: str  # the name that it must have; empty: any
    chain: list[bytes]  # in DER, the peer's own certificate first
    is_open: bool = False  # the link is up, and judged again
    verdict: Verdict | None = None
    number: int = 0
    next_at: float = 0.0
    pause: float = REPEAT_S


class Judge:
    def __init__(self, send: Callable[[Message], None]) -> None:
        # By which roots and lists the cluster vertex judges. 0: it has none; None: it is not there, or has not said it yet.
        self.generation: int | None = None
        self._send = send
        self._waiting: dict[int, Question] = {}
        self._last_number = 0

    def ask(self, question: Question) -> Question:
        """Has the question asked until it is answered, or dropped."""
        self._last_number += 1
        question.number = self._last_number
        self._waiting[question.number] = question
        return question

    def drop(self, question: Question | None) -> None:
        """Forgets a question whose answer nobody needs any more."""
        if question is not None:
            self._waiting.pop(question.number, None)

    def handle_time(self, now: float) -> None:
        """Asks, and asks again, while there is somebody who judges."""
        if not self.generation:
            return
        for question in list(self._waiting.values())[:UNANSWERED_MAX]:
            if now >= question.next_at:
                question.next_at = now + question.pause
                question.pause = min(2 * question.pause, REPEAT_MAX_S)
                body = {"presenter": question.presenter, "peer": question.peer, "chain": question.chain}
                self._send({"request_id": question.number, "judge": body | {"is_open": int(question.is_open)}})

    def handle_answer(self, number: int, answer: Message) -> None:
        question = self._waiting.pop(number, None)
        if question is not None:
            good_until = (answer["good_until"] + answer["grace_ms"]) / 1000
            code = answer["code"] or ("" if answer["name"] else "CERTIFICATE_REFUSED")
            question.verdict = Verdict(code, answer["text"], answer["name"], good_until, answer["judge_generation"])

    def handle_refusal(self, number: int, code: str, text: str) -> None:
        """No verdict: whoever is new is refused. A link that is up is judged later."""
        question = self._waiting.get(number)
        if question is not None and not question.is_open:
            del self._waiting[number]
            question.verdict = Verdict("NOT_JUDGED", f"{code}: {text}", "", 0.0, 0)
