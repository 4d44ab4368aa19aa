"""Reads and writes all that stands in the vectors of FlorIO and of the Portal API; fails at what comes out wrong."""

import json
from pathlib import Path
from typing import Any

from florio import FrameError, read_frame
from portal_messages import decode, encode

PACKAGES = Path(__file__).parents[3] / "packages"
NOT_SPOKEN = ("link-stats", "transit-changes", "transit-report")  # bodies that the fake leaves out
NOT_KNOWN = {"transit", "transitReport"}  # fields that it ignores


def read(path: str, section: str) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads((PACKAGES / path).read_text(encoding="utf-8"))[section]
    return vectors


def check_frame(vector: dict[str, Any]) -> None:
    found: dict[str, Any]
    try:
        read = read_frame(bytes.fromhex(vector["hex"]))
        found = {"control": read.hex()} if isinstance(read, bytes) else {"data": (read[0], [p.hex() for p in read[1]])}
    except FrameError as error:
        found = {str(error): None}
    content = {"control": vector.get("message"), "data": (vector.get("handle"), vector.get("packets"))}
    assert found == {vector["verdict"]: content.get(vector["verdict"])}, vector["name"]


def check_message(vector: dict[str, Any]) -> None:
    data, expected = bytes.fromhex(vector["hex"]), vector.get("message")
    try:
        message = decode(data)
    except ValueError:
        message = {"instance": ""}
    assert message["instance"] == (expected["instance"] if expected else ""), vector["name"]
    if expected:
        assert message["attachment"] == expected["attachment"], vector["name"]
        assert message["request_id"] == expected["requestId"], vector["name"]
        body = expected["body"]
        is_spoken = body["kind"] not in NOT_SPOKEN and not NOT_KNOWN & body.keys()
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
