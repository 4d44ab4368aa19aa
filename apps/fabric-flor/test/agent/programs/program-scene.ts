/** Programs and people of the cluster `demo`, in virtual time. */
import {
  type Envelope,
  FactBook,
  type KeyList,
  readEnvelope,
  recordIdOf,
  signPayload,
  trustRoot,
  writePayload,
} from "@florenetes/facts";
import { DAY, newKey, type TestKey } from "../../demo-records.ts";

export const NOW: number = Date.parse("2026-11-25T12:00:00.000Z");
export const SECOND = 1_000;
export const MINUTE = 60_000;
export const people: readonly TestKey[] = ["k1", "k2", "k3"].map(newKey);
export const programs: readonly TestKey[] = ["p1", "p2", "p3"].map(newKey);
const rootKeys = ["r1", "r2"].map(newKey);

/** A root with all programs, and as many people as the threshold takes. */
export function rootOf(mode: "production" | "development", threshold: number, auto = programs): Buffer {
  const list = (keys: readonly TestKey[], needed: number): KeyList => ({
    threshold: needed,
    keys: keys.map(({ name, key }) => ({
      name,
      key,
      ...(auto.some((each) => each.key === key) && { auto: true }),
    })),
  });
  const control = list([...people.slice(0, 2 * threshold - 1), ...auto], threshold);
  const body = {
    mode,
    authorities: { root: list(rootKeys, 2), control },
    recovery: "none",
    grace: 0,
    "x509-roots": [],
  };
  return record({ kind: "root", subject: "root", authority: "root", expires: NOW + 300 * DAY, body }, rootKeys);
}

/** A record for 8 days of the control quorum: people's, unless others are named. */
export function record(members: object, signers: readonly TestKey[] = people.slice(0, 2)): Buffer {
  const place = { cluster: "demo", kind: "role", scope: "cluster", subject: "a/relay/north", authority: "control" };
  const body = { actions: ["relay"], services: [], depth: 0 };
  const numbers = { epoch: 1, generation: 1, issued: NOW, expires: NOW + 8 * DAY };
  return signPayload(writePayload({ ...place, ...numbers, body, ...members }), signers);
}

export const payloadOf = (octets: Uint8Array): Uint8Array => (readEnvelope(octets) as Envelope).payload;

/** The book of a node that trusts a root. */
export function bookOf(root: Buffer, node: string): FactBook {
  const pin = { cluster: "demo", fingerprint: recordIdOf(payloadOf(root)), now: NOW, development: true };
  const trusted = trustRoot(root, pin);
  if (!trusted.isAccepted) throw new Error(trusted.reason);
  return new FactBook({ root: trusted.fact, node, development: true });
}
