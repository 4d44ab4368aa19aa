"""The forms of bodies: each is a function that says whether a value has the form."""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

Form = Callable[[Any], bool]

RANK_MAX = 65_535
PAIRS_MAX = 448
HOUR = 3_600
NAME = re.compile(r"(?!.*\.\.)[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
HASH = re.compile(r"[0-9a-f]{64}")
ENDPOINT_TEXT = re.compile(r"[!-~]{1,255}")


def is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_hash(value: Any) -> bool:
    return isinstance(value, str) and HASH.fullmatch(value) is not None


def is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def is_commit(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{7,40}", value) is not None


def is_scope(value: Any) -> bool:
    return value == "cluster" or (isinstance(value, str) and value.startswith("org/") and is_name(value[4:]))


def is_section(value: Any) -> bool:
    return one_of("entry", "public", "papers")(value) or (value != "cluster" and is_scope(value))


def integer(least: int, most: int) -> Form:
    return lambda value: type(value) is int and least <= value <= most


ANY_INTEGER = integer(0, 2**53 - 1)
RANK = integer(0, RANK_MAX)


def one_of(*values: str) -> Form:
    return lambda value: isinstance(value, str) and value in values


def members(needed: dict[str, Form], optional: dict[str, Form] | None = None) -> Form:
    """An object with these members and no others."""
    forms = needed | (optional or {})

    def has_form(value: Any) -> bool:
        if not isinstance(value, dict) or not needed.keys() <= value.keys() <= forms.keys():
            return False
        return all(forms[name](member) for name, member in value.items())

    return has_form


def entries(form: Form, most: int | None = 64, key: str | tuple[str, ...] | None = None, least: int = 0) -> Form:
    """A list of entries, no two of which have one key: the members of these names, or the entry itself."""
    names = (key,) if isinstance(key, str) else key

    def has_form(value: Any) -> bool:
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            return False
        if not all(map(form, value)):
            return False
        keys = {entry if names is None else tuple(entry[name] for name in names) for entry in value}
        return len(keys) == len(value)

    return has_form


def is_certificate(value: Any) -> bool:
    if not isinstance(value, str) or not 1 <= len(value) <= 21_848:
        return False
    try:
        return base64.b64encode(base64.b64decode(value, validate=True)).decode() == value
    except (binascii.Error, ValueError):
        return False


def each(form: Form, most: int, least: int = 0) -> Form:
    """A list of entries that may be alike."""
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(form, value))


def places(*forms: Form) -> Form:
    """A list with one entry for each form."""

    def has_form(value: Any) -> bool:
        return isinstance(value, list) and len(value) == len(forms) and all(f(v) for f, v in zip(forms, value))

    return has_form


NAMES = entries(is_name)


def key_list(optional: dict[str, Form]) -> Form:
    key = members({"key": is_hash, "name": is_name}, optional)
    return members({"threshold": integer(1, 16), "keys": entries(key, most=32, key="key", least=1)})


KEY_LIST = key_list({})
KEY_LIST_WITH_PROGRAMS = key_list({"auto": lambda value: value is True})
ROOT_FORM = members(
    {
        "mode": one_of("production", "development"),
        "authorities": members(
            {"root": KEY_LIST, "control": KEY_LIST_WITH_PROGRAMS},
            {"update": KEY_LIST_WITH_PROGRAMS, "storage": KEY_LIST},
        ),
        "recovery": lambda value: value == "none" or KEY_LIST(value),
        "grace": integer(0, 604_800),
        "x509-roots": entries(is_certificate, most=16),
    }
)


def is_root(value: Any) -> bool:
    if not ROOT_FORM(value):
        return False
    lists = list(value["authorities"].values()) + ([] if value["recovery"] == "none" else [value["recovery"]])
    keys = [entry["key"] for each in lists for entry in each["keys"]]
    least = 1 if value["mode"] == "development" else 2

    def is_sound(threshold: int, people: int) -> bool:
        return least <= threshold <= people < 2 * threshold

    return len(set(keys)) == len(keys) and all(
        is_sound(each["threshold"], sum("auto" not in entry for entry in each["keys"])) for each in lists
    )


ENDPOINT_FORM = members(
    {
        "id": is_name,
        "carrier": is_name,
        "reach": one_of("local", "public", "reflexive", "reverse"),
        "priority": RANK,
        "weight": RANK,
    },
    {
        "endpoint": lambda value: isinstance(value, str) and ENDPOINT_TEXT.fullmatch(value) is not None,
        "segment": is_name,
        "provider": is_name,
    },
)
ENDPOINTS = entries(
    lambda value: ENDPOINT_FORM(value) and ("endpoint" in value) == (value["reach"] != "reverse"), most=None, key="id"
)

SIGNER = members({"node": is_name, "key": is_hash})


def are_signers(value: Any) -> bool:
    return entries(SIGNER, most=16, key="key", least=1)(value) and entries(SIGNER, most=16, key="node")(value)


PERCENT = integer(0, 100)
LABEL = integer(0, 2**20 - 1)
SHARE = integer(1, 4_095)
RATE = integer(0, 1_000_000_000)
MINUTE_IN_US = integer(0, 60_000_000)
MTU = integer(0, 65_535)
CLASSES = entries(one_of("dns", "interactive", "reliable", "bulk", "droppable"), least=1)
FIGURES = places(MINUTE_IN_US, MINUTE_IN_US, integer(0, 1_000_000), RATE, PERCENT, MTU, integer(0, 255))
ROUTE_FIGURES = places(MINUTE_IN_US, integer(0, 1_000_000))
REPORTED_LINK = members(
    {"label": LABEL, "peer": is_name, "figures": FIGURES}, {"tag": is_name, "provider": is_name}
)
ROUTE_FORM = members(
    {
        "link": LABEL,
        "labels": each(LABEL, 16, least=1),
        "via": each(is_name, 16, least=1),
        "mtu": MTU,
        "cost": ANY_INTEGER,
        "why": entries(members({"of": is_name, "value": ANY_INTEGER, "cost": ANY_INTEGER}), most=16, key="of"),
    }
)


def is_route(value: Any) -> bool:
    return ROUTE_FORM(value) and len(value["labels"]) == len(value["via"])


CONTRACT_FORM = members({"of": is_name, "lowest": RANK, "highest": RANK})


def is_contract(value: Any) -> bool:
    return CONTRACT_FORM(value) and value["lowest"] <= value["highest"]


def is_pair(value: Any) -> bool:
    return places(LABEL, LABEL, RATE)(value) and value[0] < value[1]


SETS = each(members({"classes": CLASSES, "pairs": each(is_pair, PAIRS_MAX)}, {"share": SHARE}), 136)


def are_sets(value: Any) -> bool:
    if not SETS(value):
        return False
    keys = {(frozenset(entry["classes"]), entry.get("share")) for entry in value}
    return len(keys) == len(value) and sum(len(entry["pairs"]) for entry in value) <= PAIRS_MAX


AMOUNT = integer(0, 10**15)
PLACE = integer(0, 512)
SHARE_OR_NONE = integer(0, 4_095)
CLASS_PLACE = integer(0, 4)
RECEIPT_FORM = members(
    {
        "peers": entries(is_name, most=512),
        "coordinators": entries(is_name),
        "passed": each(places(PLACE, PLACE, PLACE, SHARE_OR_NONE, CLASS_PLACE, AMOUNT, AMOUNT), 512),
        "own": each(places(PLACE, SHARE_OR_NONE, CLASS_PLACE, AMOUNT, AMOUNT, AMOUNT, AMOUNT), 512),
        "left": ANY_INTEGER,
    }
)


def are_distinct(rows: Any, key: int) -> bool:
    """Whether no two rows have the same first members."""
    return len({tuple(row[:key]) for row in rows}) == len(rows)


def is_receipt(value: Any) -> bool:
    if not RECEIPT_FORM(value):
        return False
    peers, coordinators = len(value["peers"]), len(value["coordinators"])
    are_placed = all(row[0] < peers and row[1] < peers and row[2] <= coordinators for row in value["passed"])
    are_own_placed = all(row[0] < peers for row in value["own"])
    return are_placed and are_own_placed and are_distinct(value["passed"], 5) and are_distinct(value["own"], 3)


def are_rows(form: Form, most: int, key: int) -> Form:
    return lambda value: each(form, most)(value) and are_distinct(value, key)


def matches(pattern: str) -> Form:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


IS_VERSION = matches("[0-9][0-9A-Za-z.+~-]{0,62}")
STAGE = integer(0, 10_000)
PACKAGE_FORM = members(
    {
        "name": matches("[a-z0-9][a-z0-9+.-]{1,62}"),
        "version": IS_VERSION,
        "arch": matches("[a-z0-9][a-z0-9-]{0,30}"),
        "length": integer(1, 2**53 - 1),
        "sha256": is_hash,
    }
)
RULE_FORM = members(
    {"steps": each(integer(1, 10_000), 16, least=1), "whole": STAGE, "back": STAGE, "hold": ANY_INTEGER}
)


def is_rule(value: Any) -> bool:
    return RULE_FORM(value) and all(a < b for a, b in zip(value["steps"], value["steps"][1:]))


def is_principal(value: Any) -> bool:
    if not isinstance(value, str) or value.count("/") != 1:
        return False
    kind, name = value.split("/")
    return kind in ("user", "service") and is_name(name)


def is_recipient(value: Any) -> bool:
    return matches("age1[0-9a-z]+")(value) and len(value) <= 128


IS_HOLDER = members({"node": is_name, "domain": is_name})
COLLECTION_FORM = members(
    {
        "copies": integer(2, 5),
        "holders": entries(IS_HOLDER, most=32, key="node"),
        "readers": entries(is_principal),
        "writers": entries(is_principal),
        "retention": integer(0, 10 * 365 * 86_400),
        "unretained": entries(is_name, most=8),
        "recovery-epoch": ANY_INTEGER,
        "budget": ANY_INTEGER,
        "recipients": entries(is_recipient, most=16),
    },
    {"manifest": is_hash},
)


def is_collection(value: Any) -> bool:
    return COLLECTION_FORM(value) and len(value["holders"]) >= value["copies"]


ORDER_ACTIONS = ("refetch", "back", "rejoin", "restart", "report")

CELL_FORM = members(
    {
        "of": one_of("all", "role", "none", "other"),
        "role": lambda value: value == "" or is_name(value),
        "nodes": each(ANY_INTEGER, 5, least=5),
        "findings": are_rows(places(is_name, ANY_INTEGER), 32, 1),
        "measures": are_rows(places(is_name, ANY_INTEGER, each(ANY_INTEGER, 16, least=1)), 16, 1),
    }
)


def is_cell(value: Any) -> bool:
    if not CELL_FORM(value) or (value["of"] == "role") != (value["role"] != ""):
        return False
    return all(ANY_INTEGER(sum(buckets)) for _, _, buckets in value["measures"])


BODIES: dict[str, Form] = {
    "root": is_root,
    "policy": members(
        {},
        {
            "carriers": one_of("any", "quic-only"),
            "hold": integer(0, 48 * HOUR),
            "stale-limit": ANY_INTEGER,
            "leader-grants": one_of("one", "majority"),
            "weights": entries(members({"of": is_name, "weight": RANK}), key="of"),
            "tiers": entries(members({"role": is_name, "tier": RANK}), key="role"),
            "services": entries(
                members({"service": is_name, "authority": one_of("update", "storage")}), key="service"
            ),
            "log": members(
                {
                    "name": is_name,
                    "signers": are_signers,
                }
            ),
        },
    ),
    "seeds": members(
        {
            "seeds": entries(
                members({"node": is_name, "key": is_hash, "endpoints": ENDPOINTS}), most=32, key="node"
            )
        }
    ),
    "node": members({"key": is_hash, "organization": is_name, "partition": is_name, "trust-tier": RANK}),
    "role": members({"actions": NAMES, "services": NAMES, "depth": integer(0, 1)}),
    "service": members(
        {
            "aliases": entries(is_name, most=8),
            "mode": one_of("active-active", "leader"),
            "classes": entries(one_of("dns", "interactive", "reliable", "bulk", "droppable")),
            "hosts": entries(members({"node": is_name, "priority": RANK, "weight": RANK}), key="node"),
        }
    ),
    "token": members({"organization": is_name, "partition": is_name, "count": integer(1, 256)}),
    "budget": members(
        {"limits": entries(members({"of": is_name, "most": ANY_INTEGER}), most=16, key="of")},
        {"shares": one_of("off")},
    ),
    "release": members(
        {
            "version": IS_VERSION,
            "packages": entries(PACKAGE_FORM, key=("name", "arch"), least=1),
            "stage": STAGE,
            "contracts": entries(is_contract, most=16, key="of"),
            "rollback": members({"lowest": IS_VERSION, "until": ANY_INTEGER}),
            "leaves": entries(is_name),
        },
        {"deadline": ANY_INTEGER, "rule": is_rule},
    ),
    "collection": is_collection,
    "order": members({"action": one_of(*ORDER_ACTIONS)}),
    "announce": members(
        {
            "endpoints": ENDPOINTS,
            "spki-hashes": entries(is_hash),
            "services": entries(
                members({"service": is_name, "label": integer(0, 2**20 - 1), "load": integer(0, 100)}), key="service"
            ),
            "capabilities": NAMES,
        }
    ),
    "leader": members({"host": is_name}),
    "checkpoint": members(
        {
            "policy": ANY_INTEGER,
            "index": ANY_INTEGER,
            "head": is_hash,
            "sections": entries(
                members({"section": is_section, "count": ANY_INTEGER, "hash": is_hash}), key="section"
            ),
        }
    ),
    "report": members(
        {
            "links": entries(REPORTED_LINK, most=128, key="label"),
            "load": members({"cpu": PERCENT, "memory": PERCENT, "sockets": PERCENT}),
            "metered": is_bool,
            "nat": one_of("none", "mapped", "unknown"),
            "endpoints": entries(
                members({"id": is_name, "health": one_of("good", "bad", "unknown")}), most=16, key="id"
            ),
            "carried": entries(
                members({"permit": is_hash, "bytes": each(ANY_INTEGER, 5, least=5)}), most=16, key="permit"
            ),
            "routes": entries(
                members(
                    {"lease": is_hash, "coordinator": is_name, "route": integer(0, 3), "measured": each(ROUTE_FIGURES, 4)}
                ),
                key="lease",
            ),
            "uses": entries(
                members({"service": is_name, "scope": is_scope, "host": is_name, "classes": CLASSES, "rate": RATE}),
                key=("scope", "service", "host"),
            ),
            "versions": entries(members({"of": is_name, "version": ANY_INTEGER}), most=16, key="of"),
        },
        {"offer": members({"classes": CLASSES, "rate": RATE, "price": RANK}), "battery": PERCENT},
    ),
    "profile": members(
        {
            "device": members(
                {
                    "charging": is_bool,
                    "network": one_of("wired", "wifi", "cellular", "none", "unknown"),
                    "metered": is_bool,
                    "foreground": is_bool,
                },
                {"battery": PERCENT},
            ),
            "software": members({"version": is_name}, {"commit": is_commit}),
            "contracts": entries(is_contract, most=16, key="of"),
        }
    ),
    "installed": members(
        {
            "channel": is_name,
            "version": IS_VERSION,
            "state": one_of("current", "waiting", "fetching", "ready", "installing", "back", "refused"),
        },
        {
            "release": members({"epoch": ANY_INTEGER, "version": IS_VERSION}),
            "code": matches("[A-Z][A-Z_]{0,63}"),
        },
    ),
    "outcome": members(
        {
            "order": is_hash,
            "action": one_of(*ORDER_ACTIONS),
            "state": one_of("begun", "done", "refused", "failed"),
            "text": matches("[ -~]{0,512}"),
        },
        {"code": matches("[A-Z][A-Z_]{0,63}"), "report": matches("[ -~]{0,8192}")},
    ),
    "lease": members(
        {"classes": CLASSES, "rate": RATE, "routes": each(is_route, 4, least=1)}, {"share": SHARE}
    ),
    "permits": members({"sets": are_sets}),
    "receipt": is_receipt,
    "shares": members({"shares": are_rows(places(SHARE, is_name), 256, 2)}),
    "usage": members(
        {
            "partition": is_name,
            "receipts": ANY_INTEGER,
            "missing": ANY_INTEGER,
            "relays": are_rows(places(is_name, CLASS_PLACE, AMOUNT, AMOUNT, AMOUNT), 384, 2),
            "rest": places(ANY_INTEGER, AMOUNT, AMOUNT),
        }
    ),
    "observation": members(
        {
            "since": ANY_INTEGER,
            "cells": entries(is_cell, most=19, key=("of", "role")),
            "versions": are_rows(places(is_name, ANY_INTEGER), 16, 1),
            "otherVersions": ANY_INTEGER,
        }
    ),
}
