"""Questions for verdicts: repeated, bounded, and no verdict where there is no answer."""

import unittest

from world import ACCEPTOR, ORIGINATOR

from credentials import Refusal
from judge import CERTIFICATES_MAX, CHAIN_SIZE_MAX, UNANSWERED_MAX, Judge, Question
from judgement import check_chain

ANSWER = {"principal": "", "name": "a", "good_until": 5_000, "grace_ms": 500, "code": "", "text": "", "judge_generation": 7}


class Questions(unittest.TestCase):
    def setUp(self) -> None:
        self.sent: list[dict] = []
        self.judge = Judge(self.sent.append)
        self.judge.generation = 7

    def pass_time(self, seconds: float) -> None:
        for turn in range(round(seconds * 50)):
            self.judge.handle_time(turn / 50)

    def test_asked_again_until_it_is_answered(self) -> None:
        question = self.judge.ask(Question(ORIGINATOR, "", [b"leaf"]))
        self.pass_time(5.0)
        self.assertEqual(len(self.sent), 8)  # at 0, 0.1, 0.3, 0.7, 1.5, and then every second
        self.assertEqual({message["request_id"] for message in self.sent}, {question.number})
        self.judge.handle_answer(question.number, ANSWER)
        self.judge.handle_answer(question.number, {**ANSWER, "name": "late"})
        self.assertEqual((question.verdict.name, question.verdict.good_until), ("a", 5.5))
        self.sent.clear()
        self.pass_time(5.0)
        self.assertEqual(self.sent, [])

    def test_so_many_at_a_time(self) -> None:
        questions = [self.judge.ask(Question(ORIGINATOR, "", [b"leaf"])) for _ in range(100)]
        self.pass_time(3.0)
        self.assertEqual(len({message["request_id"] for message in self.sent}), UNANSWERED_MAX)
        for question in questions[:40]:
            self.judge.drop(question)
        self.sent.clear()
        self.pass_time(3.0)
        self.assertEqual({message["request_id"] for message in self.sent}, {each.number for each in questions[40:72]})

    def test_chains_are_bounded(self) -> None:
        for chain in ([b"x"] * (CERTIFICATES_MAX + 1), [bytes(CHAIN_SIZE_MAX + 1)]):
            with self.assertRaises(Refusal):
                check_chain(chain)
        check_chain([b"x"] * CERTIFICATES_MAX)

    def test_nobody_is_asked_who_does_not_judge(self) -> None:
        self.judge.generation = 0
        self.judge.ask(Question(ORIGINATOR, "", [b"leaf"]))
        self.pass_time(3.0)
        self.assertEqual(self.sent, [])

    def test_a_refusal_is_no_verdict(self) -> None:
        new = self.judge.ask(Question(ACCEPTOR, "a", [b"leaf"]))
        known = self.judge.ask(Question(ACCEPTOR, "a", [b"leaf"], is_open=True))
        for question in (new, known):
            self.judge.handle_refusal(question.number, "NOT_JUDGED", "no roots")
        self.assertEqual(new.verdict.code, "NOT_JUDGED")
        self.assertIsNone(known.verdict)
        self.judge.handle_answer(known.number, {**ANSWER, "name": ""})
        self.assertEqual(known.verdict.code, "CERTIFICATE_REFUSED")
