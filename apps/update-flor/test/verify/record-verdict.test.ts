import { readFact, type ReleaseBody, writeRecordText } from "@florenetes/facts";
import {
  addSignatures,
  makeSigningKey,
  proposeRecord,
  proposeRoot,
  proposeVoid,
  requireRecord,
} from "@florenetes/facts/authoring";
import { describe, expect, test } from "vitest";
import {
  authorityOf,
  releaseOf,
  seenRecord,
  type SeenRelease,
  type SignedRelease,
} from "../../src/verify/record-verdict.ts";

const NOW = Date.parse("2026-11-30T12:00:00.000Z");
const DAY_MS = 86_400_000;
const CLUSTER = "example";

const keys = (name: string, count: number): ReturnType<typeof makeSigningKey>[] =>
  Array.from({ length: count }, (_, at) => makeSigningKey(`${name}-${at}`));
const [roots, control, update, robots] = [keys("root", 2), keys("control", 2), keys("update", 2), keys("robot", 2)];
const auto = robots.map((key) => ({ ...key, auto: true as const }));
const authorities = { root: { keys: roots }, control: { keys: control }, update: { keys: [...update, ...auto] } };

const first = addSignatures(proposeRoot({ cluster: CLUSTER, authorities, now: NOW - DAY_MS }), roots);
const second = addSignatures(
  proposeRoot({ cluster: CLUSTER, authorities, now: NOW - 1, after: requireRecord(first) }),
  roots,
);
const pin = { cluster: CLUSTER, fingerprint: requireRecord(first).id, now: NOW };
const textOf = (...records: readonly Uint8Array[]): string => records.map(writeRecordText).join("");

const body: ReleaseBody = {
  version: "0.1.1",
  packages: [{ name: "florenetes-node", version: "0.1.1", arch: "amd64", length: 1, sha256: "ab".repeat(32) }],
  stage: 100,
  contracts: [],
  rollback: { lowest: "0.1.0", until: NOW + DAY_MS },
  leaves: [],
  rule: { steps: [100, 10_000], whole: 9_000, back: 100, hold: 60 },
};

function release(
  changes: Partial<ReleaseBody> = {},
  more: { epoch?: number; subject?: string; cluster?: string; now?: number; expires?: number } = {},
): Buffer {
  const { subject = "stable", cluster = CLUSTER, now = NOW - 2, ...rest } = more;
  return proposeRecord({ cluster, kind: "release", subject, now, ...rest, body: { ...body, ...changes } });
}

function judgedBy(text: string, seen?: SeenRelease): SignedRelease {
  return releaseOf(text, authorityOf(textOf(first), pin, undefined), "stable", NOW, seen);
}

function judged(text: string, seen?: Buffer): SignedRelease {
  const known = seen === undefined ? undefined : { people: seenRecord(requireRecord(seen)) };
  return judgedBy(text, known);
}

describe("the roots of a spool", () => {
  test("lead from the first one to the newest", () => {
    expect(authorityOf(textOf(first), pin, undefined).version).toBe(1);
    expect(authorityOf(textOf(first, second), pin, seenRecord(requireRecord(first))).version).toBe(2);
  });

  test.for([
    ["are none", "", undefined],
    ["are no records", "root", undefined],
    ["do not begin with the first one", textOf(second), undefined],
    ["have a gap, or one twice", textOf(first, first), undefined],
    ["end before one that was seen", textOf(first), second],
    [
      "are others than were seen",
      textOf(first),
      addSignatures(proposeRoot({ cluster: CLUSTER, authorities, now: NOW }), roots),
    ],
    ["are followed by another record", textOf(first, addSignatures(release(), update)), undefined],
    [
      "are signed by too few",
      textOf(first, proposeRoot({ cluster: CLUSTER, authorities, now: NOW, after: requireRecord(first) })),
      undefined,
    ],
  ] as const)("are refused when they %s", ([, text, seen]) => {
    const known = seen === undefined ? undefined : seenRecord(requireRecord(seen));
    expect(() => authorityOf(text, pin, known)).toThrow(expect.objectContaining({ code: "ERR_UPDATE_ROOTS" }));
  });
});

describe("the release of a spool", () => {
  const signed = addSignatures(release(), update);

  test("holds by the update quorum", () => {
    expect(judged(textOf(signed))).toMatchObject({ body: { version: "0.1.1" }, fact: { epoch: 1 } });
    expect(judged(textOf(signed), signed).body.version).toBe("0.1.1");
  });

  test("may be raised by programs, behind the one that people have signed", () => {
    const raised = addSignatures(release({ stage: 10_000 }, { epoch: 2 }), robots);
    expect(judged(textOf(signed, raised)).body.stage).toBe(10_000);
    expect(() => judged(textOf(raised))).toThrow(expect.objectContaining({ code: "ERR_UPDATE_RECORD" }));
  });

  test.for([
    ["is none", ""],
    ["is signed by too few", textOf(addSignatures(release(), update.slice(1)))],
    ["is signed by another quorum", textOf(addSignatures(release(), control))],
    ["is of another channel", textOf(addSignatures(release({}, { subject: "beta" }), update))],
    ["is of another cluster", textOf(addSignatures(release({}, { cluster: "other" }), update))],
    ["has ended", textOf(addSignatures(release({}, { now: NOW - 2 * DAY_MS, expires: NOW - DAY_MS }), update))],
    ["is of the future", textOf(addSignatures(release({}, { now: NOW + DAY_MS }), update))],
    [
      "is taken back",
      textOf(
        addSignatures(
          proposeVoid({ cluster: CLUSTER, kind: "release", subject: "stable", now: NOW, after: requireRecord(signed) }),
          update,
        ),
      ),
    ],
    ["is there twice", textOf(signed, signed)],
    ["stands behind a root", textOf(first, signed)],
    [
      "has too many before it",
      textOf(...Array.from({ length: 9 }, (_, at) => addSignatures(release({}, { epoch: at + 1 }), update))),
    ],
  ] as const)("is refused when it %s", ([, text]) => {
    expect(() => judged(text)).toThrow(expect.objectContaining({ code: "ERR_UPDATE_RECORD" }));
  });

  test("by people takes the place of what programs have raised, whatever their epoch; programs rest on what people have said last", () => {
    const raised = addSignatures(release({ stage: 10_000 }, { epoch: Number.MAX_SAFE_INTEGER, now: NOW - 2 }), robots);
    const both = judgedBy(textOf(signed, raised));
    expect(both.seen).toMatchObject({ people: { epoch: 1 }, programs: { epoch: Number.MAX_SAFE_INTEGER } });
    const stopped = addSignatures(release({ stage: 0 }, { epoch: 2 }), update);
    const stop = judgedBy(textOf(stopped), both.seen);
    expect(stop).toMatchObject({ body: { stage: 0 }, seen: { people: { epoch: 2 }, programs: undefined } });
    for (const text of [textOf(signed, raised), textOf(signed)])
      expect(() => judgedBy(text, stop.seen)).toThrow(expect.objectContaining({ code: "ERR_UPDATE_RECORD" }));
    expect(() => judgedBy(textOf(signed), both.seen)).toThrow(expect.objectContaining({ code: "ERR_UPDATE_RECORD" }));
    expect(judgedBy(textOf(signed, raised), both.seen).body.stage).toBe(10_000);
  });

  test("is refused when a newer one was seen", () => {
    const newer = addSignatures(release({ stage: 0 }, { epoch: 2 }), update);
    expect(readFact(newer, CLUSTER)).toMatchObject({ epoch: 2 });
    expect(() => judged(textOf(signed), newer)).toThrow(expect.objectContaining({ code: "ERR_UPDATE_RECORD" }));
  });
});
