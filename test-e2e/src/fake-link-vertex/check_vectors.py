"""Reads and writes all that stands in the vectors of FlorIO and of the Portal API; fails at what comes out wrong."""

import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).parents[3] / "examples/link-vertex-python"))

from florio import FrameError, read_frame
from portal_messages import MESSAGE, Message, Schema, decode, encode

PACKAGES = Path(__file__).parents[3] / "packages"
NOT_SPOKEN = {"knock", "linkStats", "transitChanges", "transitReport"}  # bodies that the fake leaves out
NOT_KNOWN = {"transitGeneration", "transitReport", "unansweredMax"}  # fields that it ignores
ENUMS = {
    name: int(number)
    for name, number in re.findall(r"^  ([A-Z_]+) = (\d+);", (PACKAGES / "portal-api/portal.proto").read_text(), re.M)
}


def read(path: str, section: str) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads((PACKAGES / path).read_text(encoding="utf-8"))[section]
    return vectors


def octets(text: str) -> bytes:
    """Bytes as the vectors of frames write them: `0a 61*3` is 0a616161."""
    pieces = (piece.partition("*") for piece in text.split(" "))
    return b"".join(bytes.fromhex(digits) * int(times or 1) for digits, _, times in pieces)


def check_frame(vector: dict[str, Any]) -> None:
    found: dict[str, Any]
    try:
        read = read_frame(octets(vector["hex"]))
        found = {"control": read} if isinstance(read, bytes) else {"data": read}
    except FrameError as error:
        found = {str(error): None}
    packets = [octets(packet) for packet in vector.get("packets", [])]
    content = {"control": octets(vector.get("message", "")), "data": (vector.get("handle"), packets)}
    assert found == {vector["verdict"]: content.get(vector["verdict"])}, vector["name"]


def from_json(message: dict[str, Any], schema: Schema = MESSAGE) -> Message:
    """A message in the JSON form of proto3, as `decode` gives it. Fields that the schema does not have are skipped."""
    read: Message = {name: kind() for name, kind in schema.values() if kind in (int, str, bytes)}
    for name, kind in schema.values():
        value = message.get(re.sub("_(.)", lambda letter: letter[1].upper(), name))
        if isinstance(kind, list) and value is not None:
            read[name] = [_value_of(item, kind[0]) for item in value]
        elif value is not None:
            read[name] = _value_of(value, kind)
    return read


def _value_of(value: Any, kind: Any) -> Any:
    if isinstance(kind, dict):
        return from_json(value, kind)
    if kind is bytes:
        return base64.b64decode(value)
    return ENUMS[value] if value in ENUMS else kind(value)


def check_message(vector: dict[str, Any]) -> None:
    data, expected = bytes.fromhex(vector["hex"]), vector.get("message")
    try:
        message = decode(data)
    except ValueError:
        message = {"instance": ""}
    if expected is None:
        assert message["instance"] == "", vector["name"]
        return
    assert message == from_json(expected), vector["name"]
    body: dict[str, Any] = next((value for value in expected.values() if isinstance(value, dict)), {})
    is_spoken = not NOT_SPOKEN & expected.keys() and not NOT_KNOWN & body.keys()
    if vector.get("canonical") and is_spoken:
        assert encode(message) == data, vector["name"]


if __name__ == "__main__":
    frames = read("florio/vectors/frames.json", "frames")
    messages = read("portal-api/vectors/messages.json", "messages")
    for frame in frames:
        check_frame(frame)
    for message in messages:
        check_message(message)
    print(f"{len(frames)} frames and {len(messages)} messages are right")
