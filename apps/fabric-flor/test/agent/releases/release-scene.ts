/** Releases of the cluster `demo`: records of its update quorum, and what nodes have. */
import {
  type Envelope,
  FactBook,
  type InstalledBody,
  type KeyList,
  readEnvelope,
  recordIdOf,
  type ReleaseBody,
  signPayload,
  trustRoot,
  writePayload,
} from "@florenetes/facts";
import type { InstalledPackage } from "../../../src/agent/releases/release-orders.ts";
import type { UpdateStatus } from "../../../src/agent/releases/update-status.ts";
import { DAY, newKey, type TestKey } from "../../demo-records.ts";

export const NOW: number = Date.parse("2026-11-25T12:00:00.000Z");
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const people: readonly TestKey[] = ["u1", "u2", "u3"].map(newKey);
export const programs: readonly TestKey[] = ["p1", "p2", "p3"].map(newKey);
const control: readonly TestKey[] = ["k1", "k2", "k3"].map(newKey);
const rootKeys = ["r1", "r2"].map(newKey);

/** A root whose update quorum has people and programs: two of them sign. */
export const root: Buffer = rootWith(2);

/** A root in which so many of the update quorum have to sign. */
export function rootWith(threshold: number): Buffer {
  const list = (keys: readonly TestKey[], needed: number): KeyList => ({
    threshold: needed,
    keys: keys.map(({ name, key }) => ({
      name,
      key,
      ...(programs.some((each) => each.key === key) && { auto: true }),
    })),
  });
  const authorities = {
    root: list(rootKeys, 2),
    control: list(control, 2),
    update: list([...people, ...programs], threshold),
  };
  const body = { mode: "production", authorities, recovery: "none", grace: 0, "x509-roots": [] };
  return sign({ kind: "root", subject: "root", authority: "root", expires: NOW + 300 * DAY, body }, rootKeys);
}

function sign(members: object, signers: readonly TestKey[]): Buffer {
  const place = { cluster: "demo", scope: "cluster", epoch: 1, generation: 1, issued: NOW, expires: NOW + 30 * DAY };
  return signPayload(writePayload({ ...place, ...members } as never), signers);
}

/** A package of ours for amd64. */
export function packaged(name: string, version: string): ReleaseBody["packages"][number] {
  return { name, version, arch: "amd64", length: 1_000, sha256: "ab".repeat(32) };
}

export const CONTRACTS: ReleaseBody["contracts"] = [
  { of: "facts", lowest: 1, highest: 1 },
  { of: "feed", lowest: 1, highest: 9 },
  { of: "routes", lowest: 1, highest: 9 },
];

export function releaseBody(changes: Partial<ReleaseBody> = {}): ReleaseBody {
  const version = changes.version ?? "0.1.1";
  return {
    version,
    packages: [packaged("florenetes-node", version), packaged("florenetes-common", version)],
    stage: 10_000,
    contracts: CONTRACTS,
    rollback: { lowest: "0.1.0", until: NOW + 20 * DAY },
    leaves: [],
    ...changes,
  };
}

/** A release of the channel `stable`, which two people of the update quorum have signed unless others are named. */
export function release(
  changes: Partial<ReleaseBody> = {},
  members: object = {},
  signers: readonly TestKey[] = people.slice(0, 2),
): Buffer {
  const slot = { kind: "release", subject: "stable", authority: "update" };
  return sign({ ...slot, body: releaseBody(changes), ...members }, signers);
}

/** The record of a node, signed by the control quorum. */
export function nodeRecord(key: TestKey): Buffer {
  const body = { key: key.key, organization: "acme", partition: "north", "trust-tier": 1 };
  return sign({ kind: "node", subject: key.name, authority: "control", body }, control.slice(0, 2));
}

/** The record of a role, signed by the control quorum. */
export function roleRecord(subject: string): Buffer {
  const body = { actions: [], services: [], depth: 0 };
  return sign({ kind: "role", subject, authority: "control", body }, control.slice(0, 2));
}

/** A node's word about its software. */
export function installed(key: TestKey, body: InstalledBody, epoch = 1, now = NOW): Buffer {
  const slot = { kind: "installed", subject: key.name, authority: "node", issuer: key.name };
  return sign({ ...slot, epoch, generation: 0, issued: now, expires: now + 900_000, body }, [key]);
}

/** The profile of a node that speaks all contracts, or others. */
export function profile(key: TestKey, contracts = CONTRACTS, now = NOW): Buffer {
  const device = { charging: true, network: "wired", metered: false, foreground: true };
  const slot = { kind: "profile", subject: key.name, authority: "node", issuer: key.name };
  const body = { device, software: { version: "0.1.0" }, contracts };
  return sign({ ...slot, generation: 0, issued: now, expires: now + 900_000, body }, [key]);
}

export const payloadOf = (octets: Uint8Array): Uint8Array => (readEnvelope(octets) as Envelope).payload;

/** The book of a node that trusts a root, with some records. */
export function bookWith(records: readonly Uint8Array[], trusted: Buffer = root): FactBook {
  const pin = { cluster: "demo", fingerprint: recordIdOf(payloadOf(trusted)), now: NOW, development: false };
  const fact = trustRoot(trusted, pin);
  if (!fact.isAccepted) throw new Error(fact.reason);
  const book = new FactBook({ root: fact.fact, node: "a", development: false });
  take(book, records);
  return book;
}

/** Has a book take records. @throws where it refuses one */
export function take(book: FactBook, records: readonly Uint8Array[], now = NOW): void {
  for (const octets of records) {
    const judgement = book.offer(octets, now);
    if (!judgement.isAccepted) throw new Error(judgement.reason);
  }
}

export const PRESENT: readonly InstalledPackage[] = [
  { name: "florenetes-node", version: "0.1.0", arch: "amd64" },
  { name: "florenetes-common", version: "0.1.0", arch: "amd64" },
];

/** The packages of a node that has another version. */
export const presentAt = (version: string): readonly InstalledPackage[] =>
  PRESENT.map((each) => ({ ...each, version }));

export const UPDATE: UpdateStatus = {
  installed: { version: "0.1.0", since: NOW - DAY },
  floor: null,
  kept: [],
  failed: [],
  underWay: null,
  last: null,
};
