"""Whether whoever is at the other end of a session may be there, whatever the link protocol. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from credentials import Refusal
from judge import CERTIFICATES_MAX, CHAIN_SIZE_MAX, Question, Verdict
from portal import Portal


@dataclass(eq=False)
class Judgement:
    """The peer of one session: judged before anything is said, and again when rules or lists have changed."""

    verdict: Verdict | None = None
    _question: Question | None = None
    _asked_in: int = -1  # the attachment in which it was judged

    def advance(self, portal: Portal, ask: Callable[[], Question], judge_ourselves: Callable[[], Verdict]) -> bool:
        """
        To be called at every turn. True once, when the peer is let in. Raises Refusal when it is not, or is not any more.

        `ask` gives the question for the cluster vertex; `judge_ourselves` gives a verdict, or raises Refusal, where that has no roots.
        """
        is_first, judge = self.verdict is None, portal.judge
        if self._question is not None and self._question.verdict is not None:
            self.verdict, self._question = self._question.verdict, None
        elif self._question is None and is_first and not judge.generation:
            if judge.generation is None:
                raise Refusal("NOT_JUDGED", "the cluster vertex, which judges peers, is not there")
            self.verdict = judge_ourselves()
        if self.verdict is not None and self.verdict.code:
            raise Refusal(self.verdict.code, self.verdict.text)
        judged_by = None if self.verdict is None else (self._asked_in, self.verdict.generation)
        if self._question is None and judge.generation and judged_by != (portal.attachment, judge.generation):
            self._asked_in = portal.attachment
            question = ask()
            check_chain(question.chain)
            question.is_open = self.verdict is not None
            self._question = judge.ask(question)
        return is_first and self.verdict is not None

    def ask_again(self, portal: Portal) -> None:
        """The peer has shown another chain: once that is judged, the chain that let the peer in counts no more."""
        self.drop(portal)
        self._asked_in = -1

    def drop(self, portal: Portal) -> None:
        """Forgets the question: no verdict is needed any more."""
        portal.judge.drop(self._question)
        self._question = None


def check_chain(chain: list[bytes]) -> None:
    """Raises Refusal for a chain that is too large to be judged."""
    if len(chain) > CERTIFICATES_MAX or sum(len(each) for each in chain) > CHAIN_SIZE_MAX:
        raise Refusal("CERTIFICATE_REFUSED", "the chain is too long")
