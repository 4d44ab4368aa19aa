"""KISS framing, as radio modems and serial lines have it: a frame between two FENDs, with what would look like one escaped. Pure."""

FEND, FESC, TFEND, TFESC = b"\xc0", b"\xdb", b"\xdc", b"\xdd"
DATA = b"\x00"  # for the modem: data, first port
FRAME_MAX = 255


def encode(frame: bytes) -> bytes:
    """The bytes for the line."""
    return FEND + DATA + frame.replace(FESC, FESC + TFESC).replace(FEND, FESC + TFEND) + FEND


class Decoder:
    """Frames out of the bytes of a line. What is no frame of data is dropped."""

    def __init__(self) -> None:
        self._part = b""

    def decode(self, data: bytes) -> list[bytes]:
        *whole, self._part = (self._part + data).split(FEND)
        # Each octet may be escaped. What is longer is noise, whose end is waited for without its content.
        self._part = self._part[: 2 * FRAME_MAX + 2]
        frames = []
        for each in whole:
            frame = each[1:].replace(FESC + TFEND, FEND).replace(FESC + TFESC, FESC)
            if each[:1] == DATA and 0 < len(frame) <= FRAME_MAX:
                frames.append(frame)
        return frames
