/** The reader in Python shares no line with this package: each of the two holds the other to docs/protocol/facts.md. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Random, runs } from "@florenetes/simkit";
import canonicalize from "canonicalize";
import { expect, onTestFinished, test } from "vitest";
import { signPayload } from "../src/fact.ts";
import { judge } from "../src/judge.ts";
import { cases } from "./cases.ts";
import { root1 } from "./cases/scene.ts";
import { authorityOf, factOf, heldOf } from "./held.ts";
import {
  alpha,
  auto,
  beta,
  control,
  DAY,
  gamma,
  MINUTE,
  NOW,
  root1 as rootKeys,
  root2,
  stranger,
  update,
} from "./records.ts";
import { textOf, type Verdict } from "./vectors.ts";

const run = promisify(execFile);
const program = fileURLToPath(new URL("../../../examples/facts-python/check_vectors.py", import.meta.url));
const timeout = 300_000;

test("the reader judges the published vectors alike", { timeout }, async () => {
  const { stdout } = await run("python3", ["-B", program]);
  expect(stdout).toMatch(/^\d+ records and \d+ roots are judged alike\n$/);
});

/** The large root is left out, as it would be too large for another authority. */
const accepted = cases.filter(({ reason, record }) => reason === undefined && record.length < 16_384);
const keys = [control, auto, update, [...new Set([...rootKeys, ...root2])], [alpha, beta, gamma, stranger]];
/** Values that some member, or some other one, may have. */
const values: readonly unknown[] = [
  [0, 1, 2, 3, 16, 64, 65_535, 65_536, 1_048_576, 2 ** 53 - 1, 2 ** 53, -1, 0.5, true, false, null, "", {}, []],
  ["cluster", "org/acme", "org/", "root", "control", "update", "storage", "log", "node", "route", "holder", "web"],
  [
    "alpha",
    "beta",
    "gamma",
    "alpha/service-host/north",
    "gamma/relay/north",
    "a..b",
    "-a",
    "é",
    "\u{1f600}",
    "\u2028\u0007",
  ],
  [
    "policy",
    "seeds",
    "role",
    "service",
    "token",
    "announce",
    "leader",
    "checkpoint",
    "weather",
    "log-1",
    "updates",
    "quic-only",
  ],
  [
    "udp://[2001:db8::1]:1",
    "udp://[1::2:3:4:5:6:7:8]:1",
    "udp://[1:2:3:4:5:6:7::]:9",
    "udp://[::5:1]:1",
    "udp://[64:ff9b::1]:1",
  ],
  [
    "udp://1.2.3:4",
    "udp://255.255.255.255:4",
    "udp://a.b.:4",
    "udp://a_b:4",
    "udp://0x7f.1:4",
    "udp://a:00",
    "quic",
    "serial",
  ],
  ["2026-11-25T12:00:00.000Z", "2026-11-25T24:00:00.000Z", "0000-01-01T00:00:00.000Z", "2028-02-29T00:00:00.000Z"],
  [
    "aa".repeat(32),
    "AA".repeat(32),
    ["web"],
    ["web", "web"],
    { name: "x" },
    "reverse",
    "AAA=",
    "AAB=",
    "none",
    "development",
  ],
].flat();

/** An object with some members taken away, doubled into lists, or given other values. */
function altered(random: Random, value: unknown): unknown {
  if (random.chance(0.02)) return random.pick(values);
  if (Array.isArray(value)) {
    const entries = value.map((entry) => altered(random, entry)).filter(() => random.chance(0.98));
    return random.chance(0.03) && entries.length > 0 ? [...entries, random.pick(entries)] : entries;
  }
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(() => random.chance(0.995));
  if (random.chance(0.01)) members.push([String(random.pick(values)), random.pick(values)]);
  return Object.fromEntries(members.map(([name, member]) => [name, altered(random, member)]));
}

function alteredRecord(random: Random, octets: Uint8Array): Uint8Array {
  const { payload } = factOf(octets).envelope;
  const text = canonicalize(altered(random, JSON.parse(Buffer.from(payload).toString()))) ?? "";
  const changed = Buffer.from(text);
  if (random.chance(0.05)) changed[random.below(changed.length)] = random.below(256);
  const signers = random.chance(0.5) ? keys.flat() : random.pick(keys);
  const first = random.below(signers.length);
  const some = [...signers.slice(first), ...signers.slice(0, first)].filter(() => random.chance(0.9));
  return signPayload(changed, some.slice(0, random.below(17)));
}

test("both judge altered records alike", { timeout }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "flor-facts-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const random = new Random(2);
  const judged = Array.from({ length: runs(10_000, 800) }, (_, at) => {
    const { record: octets, held, development } = random.pick(accepted);
    const now = NOW + (random.chance(0.9) ? 0 : random.pick([-DAY, -MINUTE, DAY, 8 * DAY, 350 * DAY]));
    const others = random.chance(0.5) ? held : accepted.map(({ record }) => record).filter(() => random.chance(0.3));
    const kept = others.filter((other) => factOf(other).kind !== "root");
    const example = { roots: [root1], held: kept, now, development, record: alteredRecord(random, octets) };
    const judgement = judge(example.record, {
      authority: authorityOf(example.roots),
      held: heldOf(kept),
      now,
      development,
    });
    const verdict: Verdict = judgement.isAccepted
      ? {
          id: judgement.fact.id,
          isKnown: judgement.fact.isKnown,
          equivocal: judgement.equivocal,
          ...(judgement.waits && { waits: true }),
        }
      : { reason: judgement.reason };
    return { name: `altered ${at}`, ...example, verdict };
  });
  const found = new Set(judged.map(({ verdict }) => ("reason" in verdict ? verdict.reason : "accepted")));
  expect(found.size).toBeGreaterThan(15);
  const file = join(folder, "facts.json");
  await writeFile(file, textOf(judged, []));
  await run("python3", ["-B", program, file]);
});
