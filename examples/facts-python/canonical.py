"""The one form of payloads: JSON by RFC 8785, at most 8 deep, with integers from 0 to 2^53 - 1."""

import json
from typing import Any, NoReturn

DEPTH_MAX = 8
INTEGER_MAX = 2**53 - 1
# Digits of the largest integer: longer numbers are not even made.
DIGITS_MAX = 16


def read_canonical(octets: bytes) -> dict[str, Any] | None:
    """The object of canonical octets; None for anything else."""
    if is_too_deep(octets):
        return None
    try:
        value = json.loads(octets.decode("utf-8"), parse_int=integer, parse_float=refuse, parse_constant=refuse)
        return value if isinstance(value, dict) and write_canonical(value) == octets else None
    except ValueError:
        return None


def write_canonical(value: Any) -> bytes:
    """The octets of a value; a ValueError for texts with a lone surrogate."""
    return text_of(value).encode("utf-8")


def text_of(value: Any) -> str:
    if isinstance(value, dict):
        # RFC 8785, 3.2.3: members are in the order of the UTF-16 code units of their names.
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{text_of(name)}:{text_of(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def is_too_deep(octets: bytes) -> bool:
    depth, is_text, is_escaped = 0, False, False
    for octet in octets:
        if is_escaped:
            is_escaped = False
        elif is_text:
            is_escaped, is_text = octet == 0x5C, octet != 0x22
        elif octet == 0x22:
            is_text = True
        elif octet in b"[{":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif octet in b"]}":
            depth -= 1
    return False


def integer(digits: str) -> int:
    if len(digits) > DIGITS_MAX or digits.startswith("-") or int(digits) > INTEGER_MAX:
        raise ValueError("the number is none that a payload may have")
    return int(digits)


def refuse(_: str) -> NoReturn:
    raise ValueError("the number is none that a payload may have")
