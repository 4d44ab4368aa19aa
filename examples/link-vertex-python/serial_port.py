"""A serial device: opened, set to its speed, read and written without waiting; opened again when it was pulled out."""

import fcntl
import os
import termios
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

READ_SIZE = 65_536
REOPEN_S = 1.0
UNWRITTEN_MAX = 4_096


class SerialPort:
    """Raises OSError or ValueError when it cannot be had at first."""

    def __init__(self, path: str, baud: int, selector: DefaultSelector) -> None:
        self._path = path
        self._speed = getattr(termios, f"B{baud}", None)
        if self._speed is None:
            raise ValueError(f"serial lines have no speed of {baud}")
        self._selector = selector
        self._file = -1
        self._unwritten = b""
        self._next_open = 0.0
        self._open()

    @property
    def is_full(self) -> bool:
        """What was given has not left yet."""
        return len(self._unwritten) > UNWRITTEN_MAX

    def read(self, now: float) -> bytes:
        if self._file < 0 and now >= self._next_open:
            self._next_open = now + REOPEN_S
            try:
                self._open()
            except OSError:
                return b""
        if self._file < 0:
            return b""
        try:
            data = os.read(self._file, READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.close()
        return data

    def write(self, data: bytes) -> None:
        """What the device does not take at once leaves with the next call."""
        self._unwritten += data
        if self._file < 0:
            self._unwritten = b""
            return
        try:
            self._unwritten = self._unwritten[os.write(self._file, self._unwritten) :] if self._unwritten else b""
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self._selector.modify(self._file, EVENT_READ | (EVENT_WRITE if self._unwritten else 0))

    def close(self) -> None:
        if self._file >= 0:
            self._selector.unregister(self._file)
            os.close(self._file)
        self._file, self._unwritten = -1, b""

    def _open(self) -> None:
        file = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            settings = termios.tcgetattr(file)
            # Raw: eight bits, no parity, one stop bit, nothing is interpreted; modem lines do not matter.
            settings[0] = settings[1] = settings[3] = 0
            settings[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
            settings[4] = settings[5] = self._speed
            settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
            termios.tcsetattr(file, termios.TCSANOW, settings)
            termios.tcflush(file, termios.TCIOFLUSH)
        except (OSError, termios.error) as error:
            os.close(file)
            raise OSError(f"{self._path}: {error}") from error
        self._file = file
        self._selector.register(file, EVENT_READ)
