"""Judges all cases of the published vectors, or of a file like theirs; fails at what comes out otherwise."""

import base64
import json
import sys
from pathlib import Path
from typing import Any

from ed25519 import verify
from facts import Fact, Refusal, read_fact, read_text, read_time, write_text
from judge import Authority, Judge, key_id, trust_root

VECTORS = Path(__file__).parents[2] / "packages" / "facts" / "vectors" / "facts.json"


def check_key(vector: dict[str, str]) -> None:
    key, octets, signature = (bytes.fromhex(vector[name]) for name in ("key", "octets", "signature"))
    assert key_id(key).hex() == vector["id"]
    assert verify(key, octets, signature)
    assert not verify(key, octets + b"\0", signature)


def check_judged(case: dict[str, Any], facts: dict[str, Fact]) -> None:
    first, *later = (facts[id] for id in case["roots"])
    authority = Authority(first)
    for root in later:
        authority = authority.next(root)
    now = read_time(case["now"])
    assert now is not None
    judge = Judge(authority, [facts[id] for id in case["held"]], now, case["development"])
    try:
        fact, equivocal, waits = judge.judge(base64.b64decode(case["record"]))
        found = {"id": fact.id, "isKnown": fact.is_known, "equivocal": equivocal} | ({"waits": True} if waits else {})
    except Refusal as refusal:
        found = {"reason": refusal.args[0]}
    expected = {name: case[name] for name in ("reason", "id", "isKnown", "equivocal", "waits") if name in case}
    assert found == expected, f"{case['name']}: {found} and not {expected}"


def check_trusted(case: dict[str, Any], cluster: str) -> None:
    now = read_time(case["now"])
    assert now is not None
    reason = None
    try:
        trust_root(base64.b64decode(case["record"]), cluster, case["fingerprint"], now, case["development"])
    except Refusal as refusal:
        reason = refusal.args[0]
    assert reason == case.get("reason"), f"{case['name']}: {reason}"


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else VECTORS
    vectors = json.loads(path.read_text(encoding="utf-8"))
    facts = {id: read_fact(base64.b64decode(text), vectors["cluster"]) for id, text in vectors["records"].items()}
    assert all(fact.id == id for id, fact in facts.items())
    check_key(vectors["key"])
    assert write_text(base64.b64decode(vectors["text"]["octets"])) == vectors["text"]["text"]
    assert read_text(vectors["text"]["text"]) == base64.b64decode(vectors["text"]["octets"])
    assert sorted(vectors["order"], key=lambda id: facts[id].rank) == vectors["order"]
    for case in vectors["judged"]:
        check_judged(case, facts)
    for case in vectors["trusted"]:
        check_trusted(case, vectors["cluster"])
    print(f"{len(vectors['judged'])} records and {len(vectors['trusted'])} roots are judged alike")
