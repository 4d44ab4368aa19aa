/** Records of the cluster `demo`, as tests and vectors have them. */
import { type Signer, signPayload, writePayload } from "../src/fact.ts";
import type { KeyList, RootBody } from "../src/root-body.ts";
import { type TestKey, testKey } from "./keys.ts";

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const NOW: number = Date.parse("2026-11-25T12:00:00.000Z");

/** Any members of a payload or of a body, also wrong ones. */
export type Members = Readonly<Record<string, unknown>>;

export const root1: TestKey[] = ["root a", "root b", "root c"].map(testKey);
export const root2: TestKey[] = [...root1.slice(0, 2), testKey("root d")];
export const control: TestKey[] = ["control a", "control b", "control c"].map(testKey);
export const auto: TestKey[] = ["auto a", "auto b"].map(testKey);
export const update: TestKey[] = ["update a", "update b"].map(testKey);
export const stranger: TestKey = testKey("stranger");
export const alpha: TestKey = testKey("alpha");
export const beta: TestKey = testKey("beta");
export const gamma: TestKey = testKey("gamma");

export const listOf = (keys: readonly TestKey[], threshold: number, auto: readonly TestKey[] = []): KeyList => ({
  threshold,
  keys: [
    ...keys.map(({ name, key }) => ({ key, name: name.replaceAll(" ", "-") })),
    ...auto.map(({ name, key }) => ({ key, name: name.replaceAll(" ", "-"), auto: true as const })),
  ],
});

export function rootBody(changes: Partial<RootBody> = {}, keys = root1, controls = control): RootBody {
  return {
    mode: "production",
    authorities: { root: listOf(keys, 2), control: listOf(controls, 3, auto), update: listOf(update, 2) },
    recovery: "none",
    grace: 604_800,
    "x509-roots": [],
    ...changes,
  };
}

/** A payload with members of a policy that says nothing, unless `members` say otherwise. */
export function payload(members: Members): Buffer {
  return writePayload({
    cluster: "demo",
    kind: "policy",
    scope: "cluster",
    subject: "cluster",
    epoch: 1,
    generation: 1,
    issued: NOW - MINUTE,
    expires: NOW + DAY,
    authority: "control",
    body: {},
    ...members,
  });
}

/** The octets of a record, signed by the control quorum unless others are named. */
export function record(members: Members, signers: readonly Signer[] = control): Buffer {
  return signPayload(payload(members), signers);
}

export function root(body: RootBody, members: Members = {}, signers: readonly Signer[] = root1): Buffer {
  const life = { issued: NOW - DAY, expires: NOW + 300 * DAY };
  return record({ kind: "root", subject: "root", authority: "root", ...life, body, ...members }, signers);
}

export function node(key: TestKey, members: Members = {}, body: Members = {}, signers?: readonly Signer[]): Buffer {
  const about = { key: key.key, organization: "acme", partition: "north", "trust-tier": 1, ...body };
  return record({ kind: "node", subject: key.name, body: about, ...members }, signers);
}

export function role(subject: string, members: Members = {}, body: Members = {}, signers?: readonly Signer[]): Buffer {
  const about = { actions: ["serve"], services: ["web"], depth: 0, ...body };
  return record({ kind: "role", subject, body: about, ...members }, signers);
}

export const endpoint = {
  id: "a",
  endpoint: "udp://192.0.2.1:4433",
  carrier: "quic",
  reach: "public",
  priority: 1,
  weight: 1,
};

export function announce(key: TestKey, members: Members = {}, body: Members = {}, signers = [key]): Buffer {
  const about = { endpoints: [endpoint], "spki-hashes": ["00".repeat(32)], services: [], capabilities: [], ...body };
  const life = { issued: NOW - MINUTE, expires: NOW + 10 * MINUTE };
  const who = { kind: "announce", subject: key.name, authority: "node", issuer: key.name };
  return record({ ...who, ...life, body: about, ...members }, signers);
}

export function service(members: Members = {}, body: Members = {}, signers?: readonly Signer[]): Buffer {
  const hosts = [{ node: "alpha", priority: 1, weight: 1 }];
  const about = { aliases: [], mode: "active-active", classes: ["reliable"], hosts, ...body };
  return record({ kind: "service", subject: "web", body: about, ...members }, signers);
}

export const tokenKey: TestKey = testKey("token");

export function token(members: Members = {}, body: Members = {}, signers?: readonly Signer[]): Buffer {
  const about = { organization: "acme", partition: "north", count: 1, ...body };
  return record({ kind: "token", subject: tokenKey.keyId, body: about, ...members }, signers);
}

/** So many limits of a budget, each of another name. */
export function limits(count: number): Members[] {
  return Array.from({ length: count }, (_, at) => ({ of: `limit-${at}`, most: at }));
}

export function budget(members: Members = {}, body: Members = {}, signers?: readonly Signer[]): Buffer {
  const about = { limits: [{ of: "leases", most: 8 }], ...body };
  return record({ kind: "budget", subject: "acme", body: about, ...members }, signers);
}

/** A void record lives as long as its kind may. */
export function voided(days: number, members: Members): Members {
  return { expires: NOW - MINUTE + days * DAY, void: true, ...members, body: {} };
}
