"""The messages of portal.proto as dicts, to and from protobuf.

A schema gives each field number its name and its type: int, str, bytes, a schema, or a list with one of these for a repeated
field. In a decoded message, numbers, texts and bytes that were left out are 0 and empty; messages and lists are missing.
"""

from typing import Any

Schema = dict[int, tuple[str, Any]]
Message = dict[str, Any]

LINK_KEY: Schema = {1: ("peer", str), 2: ("tag", str)}
LINK_STATE: Schema = {
    1: ("key", LINK_KEY), 2: ("state", int), 3: ("handle", int), 4: ("mtu", int),
    5: ("code", str), 6: ("text", str), 7: ("is_congested", int), 8: ("generation", int),
    9: ("preferred_mtu", int), 10: ("congested_classes", int), 11: ("quiet", int),
}  # fmt: skip
ATTACH: Schema = {
    1: ("cluster", str), 2: ("vertex", str), 3: ("started_at", int), 4: ("version_min", int), 5: ("version_max", int),
}  # fmt: skip
ATTACH_ANSWER: Schema = {
    1: ("started_at", int), 2: ("version", int), 3: ("principal", str),
    4: ("link_mtu_max", int), 5: ("links_max", int), 6: ("features", [str]), 7: ("link_protocol", str),
}  # fmt: skip
OPEN_LINK: Schema = {
    1: ("key", LINK_KEY), 2: ("role", int), 3: ("endpoint", str), 4: ("rate", int), 5: ("pins", {1: ("keys", [bytes])}),
}  # fmt: skip
JUDGE: Schema = {1: ("presenter", int), 2: ("peer", str), 3: ("chain", [bytes]), 4: ("is_open", int)}
JUDGE_ANSWER: Schema = {
    1: ("principal", str), 2: ("name", str), 3: ("good_until", int), 4: ("grace_ms", int),
    5: ("code", str), 6: ("text", str), 7: ("judge_generation", int),
}  # fmt: skip
MESSAGE: Schema = {
    1: ("instance", str),
    2: ("attachment", int),
    3: ("request_id", int),
    10: ("attach", ATTACH),
    11: ("attach_answer", ATTACH_ANSWER),
    12: ("detach", {}),
    13: ("detach_answer", {}),
    14: ("open_link", OPEN_LINK),
    15: ("open_link_answer", {}),
    16: ("close_link", {1: ("key", LINK_KEY)}),
    17: ("close_link_answer", {}),
    18: ("link_states", {1: ("from", int), 2: ("to", int), 3: ("links", [LINK_STATE])}),
    20: ("heartbeat", {1: ("started_at", int), 2: ("generation", int), 7: ("judge_generation", int), 8: ("interval_ms", int)}),
    21: ("error", {1: ("code", str), 2: ("text", str)}),
    22: ("unimplemented", {}),
    25: ("judge", JUDGE),
    26: ("judge_answer", JUDGE_ANSWER),
    27: ("sign", {1: ("content", bytes), 2: ("known_chain", bytes)}),
    28: ("sign_answer", {1: ("signature", bytes), 2: ("scheme", int), 3: ("chain_hash", bytes), 4: ("chain", [bytes])}),
}
BODIES = [name for number, (name, _) in MESSAGE.items() if number >= 10]


def body_of(message: Message) -> str | None:
    """The name of the message's body; None when we do not know it."""
    return next((name for name in BODIES if name in message), None)


def encode(message: Message, schema: Schema = MESSAGE) -> bytes:
    out = bytearray()
    for number, (name, kind) in schema.items():
        if isinstance(kind, list):
            for value in message.get(name, []):
                out += _encode_field(number, kind[0], value)
        elif message.get(name) not in (None, 0, "", b""):
            out += _encode_field(number, kind, message[name])
    return bytes(out)


def decode(data: bytes, schema: Schema = MESSAGE) -> Message:
    """Raises ValueError for bytes that are no message. Fields that the schema does not have are skipped."""
    message: Message = {name: kind() for name, kind in schema.values() if kind in (int, str, bytes)}
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        value, at = _read_value(data, at, tag & 7)
        name, kind = schema.get(tag >> 3, ("", None))
        item = kind[0] if isinstance(kind, list) else kind
        if item is None or isinstance(value, int) != (item is int):
            continue
        content: Any = value
        if isinstance(value, bytes):
            content = value if item is bytes else value.decode() if item is str else decode(value, item)
        if isinstance(kind, list):
            message.setdefault(name, []).append(content)
        else:
            message[name] = content
    return message


def _encode_field(number: int, kind: Any, value: Any) -> bytes:
    if kind is int:
        return _varint(number << 3) + _varint(int(value))
    data = value if kind is bytes else value.encode() if kind is str else encode(value, kind)
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, at + shift + 1
    raise ValueError("a varint without an end")


def _read_value(data: bytes, at: int, wire_type: int) -> tuple[int | bytes, int]:
    if wire_type == 0:
        return _read_varint(data, at)
    if wire_type == 2:
        size, at = _read_varint(data, at)
    else:
        size = {1: 8, 5: 4}.get(wire_type, len(data) + 1)
    if at + size > len(data):
        raise ValueError("a length beyond the end, or a wire type that is none")
    return data[at : at + size], at + size
