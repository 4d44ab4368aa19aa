"""Streams over lines that lose, damage and delay frames, in virtual time: full and half duplex."""

import random
import unittest

import world  # noqa: F401

from arq import WINDOW, Arq
from kiss import FRAME_MAX, Decoder, encode
from line import STREAMS_MAX, Line

RATE = 11_520.0
TURN_S = 0.02


class Cable:
    """A direction of a line: octets take their time, frames get lost, and the two directions disturb each other where they share the air."""

    def __init__(self, dice: random.Random, loss: float) -> None:
        self.dice, self.loss = dice, loss
        self.on_air: list[tuple[float, float, bytes]] = []  # from, to, what
        self.free_at = 0.0
        self.octets = 0

    def give(self, data: bytes, now: float) -> None:
        begin = max(now, self.free_at)
        self.free_at = begin + len(data) / RATE
        self.octets += len(data)
        if self.dice.random() < self.loss:
            data = b"" if self.dice.random() < 0.7 else bytes([data[0], *self.dice.randbytes(len(data) - 1)])
        self.on_air.append((begin, self.free_at, data))

    def take(self, now: float, other: "Cable | None") -> bytes:
        arrived = [each for each in self.on_air if each[1] <= now]
        if other is None:
            self.on_air = [each for each in self.on_air if each[1] > now]
            return b"".join(data for _, _, data in arrived)
        # The line is half duplex: bytes that were on the air at the same time are lost, both ways. Ours stay for the look of the other end.
        self.on_air = [each for each in self.on_air if each[1] > now - 1]
        heard = [each for each in arrived if each[1] > now - TURN_S]
        clear = [each for each in heard if not any(o[0] < each[1] and each[0] < o[1] for o in other.on_air)]
        return b"".join(data for _, _, data in clear)


class Pair:
    def __init__(self, seed: int, loss: float = 0.0, is_half_duplex: bool = False) -> None:
        dice = random.Random(seed)
        self.now = 100.0
        self.lines = [Line(RATE, is_half_duplex, dice) for _ in range(2)]
        self.cables = [Cable(dice, loss) for _ in range(2)]
        self.is_half_duplex = is_half_duplex
        self.begun: list = []

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / TURN_S)):
            self.now += TURN_S
            for end, line in enumerate(self.lines):
                shared = self.cables[end] if self.is_half_duplex else None
                line.handle_bytes(self.cables[1 - end].take(self.now, shared), self.now)
                while line.offered:
                    self.begun.append(line.offered.popleft())
            for line, cable in zip(self.lines, self.cables, strict=True):
                for _ in range(100):
                    data = line.poll_bytes(self.now)
                    if not data:
                        break
                    cable.give(data, self.now)

    def carry(self, data: bytes, seconds_max: float) -> tuple[bytes, float]:
        """What has come at the other end of a stream, and after how long."""
        began, stream, received = self.now, self.lines[0].open(), b""
        stream.arq.write(data)
        while len(received) < len(data) and self.now < began + seconds_max:
            self.pass_time(TURN_S)
            received += b"".join(each.arq.read() for each in self.begun if each.number == stream.number)
        return received, self.now - began


class Lines(unittest.TestCase):
    def test_a_clean_line_is_full(self) -> None:
        data = random.Random(1).randbytes(60_000)
        received, seconds = Pair(1).carry(data, 20)
        self.assertTrue(received == data, f"{len(received)} of {len(data)} bytes")
        self.assertLess(seconds, 60_000 / RATE * 1.15)

    def test_frames_that_get_lost(self) -> None:
        for seed in range(20):
            with self.subTest(seed=seed):
                data = random.Random(seed).randbytes(30_000)
                received, seconds = Pair(seed, loss=0.05).carry(data, 60)
                self.assertTrue(received == data, f"{len(received)} of {len(data)} bytes")
                self.assertLess(seconds, 30_000 / RATE * 2)

    def test_a_very_bad_line(self) -> None:
        for seed in range(10):
            with self.subTest(seed=seed):
                data = random.Random(seed).randbytes(5_000)
                received, _ = Pair(seed, loss=0.4).carry(data, 120)
                self.assertTrue(received == data, f"{len(received)} of {len(data)} bytes")

    def test_half_duplex(self) -> None:
        for seed in range(10):
            with self.subTest(seed=seed):
                data = random.Random(seed).randbytes(20_000)
                pair = Pair(seed, loss=0.05 * (seed % 2), is_half_duplex=True)
                received, seconds = pair.carry(data, 60)
                self.assertTrue(received == data, f"{len(received)} of {len(data)} bytes")
                self.assertLess(seconds, 20_000 / RATE * 4)

    def test_both_directions_and_several_streams(self) -> None:
        for is_half_duplex in (False, True):
            with self.subTest(is_half_duplex=is_half_duplex):
                pair = Pair(3, 0.05, is_half_duplex)
                streams = [pair.lines[end].open() for end in (0, 1, 0)]
                for index, stream in enumerate(streams):
                    stream.arq.write(bytes([index]) * 4_000)
                pair.pass_time(30)
                received = sorted(each.arq.read() for each in pair.begun)
                self.assertEqual([set(each) for each in received], [{0}, {1}, {2}])
                self.assertEqual([len(each) for each in received], [4_000] * 3)

    def test_an_idle_line_is_quiet(self) -> None:
        pair = Pair(1)
        stream = pair.lines[0].open()
        stream.arq.write(b"once")
        pair.pass_time(2)
        before = [cable.octets for cable in pair.cables]
        pair.pass_time(60)
        self.assertEqual([cable.octets for cable in pair.cables], before)

    def test_closing_and_streams_that_nobody_knows(self) -> None:
        pair = Pair(1)
        stream = pair.lines[0].open()
        stream.arq.write(b"hello")
        pair.pass_time(1)
        (theirs,) = pair.begun
        pair.lines[1].close(theirs)
        pair.pass_time(1)
        self.assertTrue(stream.is_closed)
        stream = pair.lines[0].open()
        stream.arq.write(b"hello")
        pair.pass_time(1)
        # A process that was started again has lost all state.
        pair.lines[1] = Line(RATE, False, random.Random(2))
        stream.arq.write(b"more")
        pair.pass_time(1)
        self.assertTrue(stream.is_closed)

    def test_whatever_comes_is_bounded(self) -> None:
        dice = random.Random(5)
        line = Line(RATE, False, dice)
        for number in range(300):
            sender = Line(RATE, False, dice)
            sender.open().arq.write(dice.randbytes(300))
            line.handle_bytes(sender.poll_bytes(float(number)), float(number))
        self.assertEqual(len(line._streams), STREAMS_MAX)
        self.assertLessEqual(len(line._closed), 4)
        for _ in range(2_000):
            line.handle_bytes(dice.randbytes(dice.randint(0, 600)), 1.0)
        line.handle_bytes(bytes([1]) * 100_000, 1.0)
        self.assertLessEqual(len(line._decoder._part), 2 * FRAME_MAX + 2)


class Frames(unittest.TestCase):
    def test_frames_come_back_from_any_pieces(self) -> None:
        dice = random.Random(7)
        frames = [bytes(dice.choices(b"\xc0\xdb\xdc\xdd\x00abc", k=dice.randint(1, FRAME_MAX))) for _ in range(300)]
        octets, decoder, found = b"\xc0noise".join(encode(frame) for frame in frames), Decoder(), []
        while octets:
            size = dice.randint(1, 700)
            found += decoder.decode(octets[:size])
            octets = octets[size:]
        self.assertEqual(found, frames)


class Windows(unittest.TestCase):
    def test_acknowledgements_that_cannot_be(self) -> None:
        arq = Arq(100, 0.02, True)
        arq.write(bytes(10_000))
        for _ in range(WINDOW):
            self.assertIsNotNone(arq.poll_segment(1.0))
        self.assertIsNone(arq.poll_segment(1.0))
        for expected in (WINDOW + 1, 30_000, 65_535):
            arq.handle_acknowledgement(expected, 0xFFFFFFFF, 1.1)
            self.assertIsNone(arq.poll_segment(1.1))
        arq.handle_acknowledgement(0, 0, 1.1)
        arq.handle_acknowledgement(WINDOW, 0, 1.1)
        self.assertEqual(arq.poll_segment(1.1)[0], WINDOW)

    def test_segments_outside_of_the_window_are_not_kept(self) -> None:
        arq = Arq(100, 0.02, True)
        for number in range(1, 65_536, 7):
            arq.handle_segment(number, b"x")
        self.assertLess(len(arq._early), WINDOW)

    def test_numbers_begin_again(self) -> None:
        sender, receiver = Arq(10, 0.001, True), Arq(10, 0.001, True)
        received = 0
        for turn in range(70_000):
            sender.write(b"0123456789")
            number, data = sender.poll_segment(turn)
            receiver.handle_segment(number, data)
            received += len(receiver.read())
            sender.handle_acknowledgement(*receiver.acknowledgement, turn)
        self.assertEqual(received, 700_000)


if __name__ == "__main__":
    unittest.main()
