"""Reads and writes all frames of the published vectors, and plays their conversations; fails at what comes out wrong."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from frames import VERTEX, WORKLOAD, Code, Frame, Limits, Reader, Violation, write_frame
from session import Session

VECTORS = Path(__file__).parents[2] / "packages" / "data-session" / "vectors"


def read(name: str) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))[name]
    return vectors


def described(frame: Frame) -> dict[str, Any]:
    """A frame as the vectors have it."""
    shown = dict(frame)
    if "bytes" in shown:
        shown["bytes"] = shown["bytes"].hex()
    if "limits" in shown:
        shown["limits"] = asdict(shown["limits"])
    return shown


def first_of(pieces: list[bytes]) -> dict[str, Any]:
    reader = Reader(length_max=2_048)
    try:
        for piece in pieces:
            reader.feed(piece)
            if (frame := reader.next()) is not None:
                return {"frame": described(frame)} if isinstance(frame, dict) else {"skipped": True}
    except Violation as violation:
        return {"code": violation.code.name}
    return {"incomplete": True}


def check_frame(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    expected = {key: vector[key] for key in ("frame", "skipped", "incomplete", "code") if key in vector}
    assert first_of([data]) == expected, vector["name"]
    assert first_of([bytes([octet]) for octet in data]) == expected, vector["name"]
    if vector.get("canonical"):
        frame = dict(vector["frame"])
        if "bytes" in frame:
            frame["bytes"] = bytes.fromhex(frame["bytes"])
        if "limits" in frame:
            frame["limits"] = Limits(**frame["limits"])
        assert write_frame(frame) == data, vector["name"]


def check_session(vector: dict[str, Any]) -> None:
    limits = Limits(streams=4, frameLength=2_048, streamWindow=1_000, datagramSize=1_200)
    session = Session({"workload": WORKLOAD, "vertex": VERTEX}[vector["role"]], limits=limits)
    told: list[tuple[str, dict[str, Any]]] = []
    for part in vector["hex"]:
        session.receive(bytes.fromhex(part))
        while session.events:
            name, details = session.events.popleft()
            told.append((name, details))
            if name == "authenticate":
                session.accept("user/alice")
            elif name == "readable":
                session.read(details["stream"])
    if "events" in vector:
        assert [name for name, _ in told] == vector["events"], vector["name"]
    name, details = told[-1]
    found = (details["by"], Code(details["code"]).name) if name == "closed" else (None, None)
    assert found == (vector.get("by"), vector.get("code")), vector["name"]


if __name__ == "__main__":
    frames, sessions = read("frames"), read("sessions")
    for frame in frames:
        check_frame(frame)
    for conversation in sessions:
        check_session(conversation)
    print(f"{len(frames)} frames and {len(sessions)} conversations are right")
