/** The scene of the cases: a cluster with a root, two nodes, their roles and a policy, and records of it in one line each. */
import type { Reason } from "../../src/reasons.ts";
import { testKey } from "../keys.ts";
import * as make from "../records.ts";
import { MINUTE, NOW } from "../records.ts";

export interface Case {
  readonly name: string;
  /** The octets to judge. */
  readonly record: Uint8Array;
  /** Root descriptors, each the next version; the last one is the authority of today. */
  readonly roots: readonly Uint8Array[];
  readonly held: readonly Uint8Array[];
  readonly now: number;
  readonly development: boolean;
  /** Undefined: accepted. */
  readonly reason: Reason | undefined;
  /** A root that recovery keys have signed. */
  readonly waits?: true;
}

type Changes = Partial<Pick<Case, "roots" | "held" | "now" | "development" | "waits">>;

const { alpha, beta, gamma, control, stranger } = make;
export const root1 = make.root(make.rootBody());
export const rest = control.slice(1);
/** The second version leaves one control key and one root key out, and goes on counting the former for a week. */
const newControl = [...rest, stranger];
export const root2 = make.root(
  make.rootBody({}, make.root2, newControl),
  { epoch: 2, issued: NOW - MINUTE },
  make.root1.slice(0, 2),
);
/** Programs, as many as have to sign, beside people. */
export const programs = [...make.auto, testKey("auto c")];
export const ofPrograms = make.root(
  make.rootBody({
    authorities: { root: make.listOf(make.root1, 2), control: make.listOf(control, 3, programs) },
  }),
);
export const development = make.root(make.rootBody({ mode: "development" }));

export const alphaNode = make.node(alpha);
export const betaNode = make.node(beta);
const hostRole = make.role("alpha/service-host/north", {}, { depth: 1, services: ["web", "mail"] });
const coordinator = make.role("beta/route-coordinator/north", {}, { actions: ["lease"], services: [] });
export const policy = make.record({
  body: {
    carriers: "quic-only",
    hold: 3_600,
    services: [{ service: "updates", authority: "update" }],
    log: { name: "log-1", signers: [alpha, beta, gamma].map(({ name, key }) => ({ node: name, key })) },
  },
});
export const held = [alphaNode, betaNode, hostRole, coordinator, policy];

export function accept(name: string, record: Uint8Array, changes: Changes = {}): Case {
  return { name, record, roots: [root1], held, now: NOW, development: false, ...changes, reason: undefined };
}

export function refuse(reason: Reason, name: string, record: Uint8Array, changes: Changes = {}): Case {
  return { ...accept(name, record, changes), reason };
}

/** An envelope without signatures around any octets, which may lie about their length. */
export const raw = (text: string | Uint8Array, length?: number): Buffer => {
  const header = Buffer.of(1, 0, 0, 0, 0);
  const payload = Buffer.from(text as string);
  header.writeUInt32BE(length ?? payload.length, 1);
  return Buffer.concat([header, payload, Buffer.of(0)]);
};
export const inText = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");
/** A record whose payload has one part replaced, and whose signatures are no more. */
export const edited = (members: make.Members, from: string, to: string): Buffer =>
  raw(inText(make.payload(members)).replace(from, to));
export const cut = (octets: Uint8Array, end: number): Buffer => Buffer.from(octets.subarray(0, end));
export const altered = (octets: Uint8Array, at: number, value: number): Buffer => {
  const copy = Buffer.from(octets);
  copy[at < 0 ? copy.length + at : at] = value;
  return copy;
};
export const signatureBroken = (octets: Buffer): Buffer => altered(octets, -1, octets.at(-1)! ^ 1);
export const endpoints = (count: number): unknown[] =>
  Array.from({ length: count }, (_, at) => ({ ...make.endpoint, id: `e${at}` }));
export const at = (text: string): make.Members => ({ endpoints: [{ ...make.endpoint, endpoint: text }] });
export const checkpoint = (members: make.Members = {}, body: make.Members = {}, signers = [alpha, beta]): Buffer =>
  make.record(
    {
      kind: "checkpoint",
      subject: "log-1",
      authority: "log",
      expires: NOW + 60 * MINUTE,
      body: {
        policy: 1,
        index: 7,
        head: "ab".repeat(32),
        sections: [{ section: "entry", count: 1, hash: "cd".repeat(32) }],
        ...body,
      },
      ...members,
    },
    signers,
  );
export const leader = (members: make.Members = {}, signers = [beta]): Buffer =>
  make.record(
    { kind: "leader", subject: "web", authority: "route", issuer: "beta", body: { host: "alpha" }, ...members },
    signers,
  );
export const passedOn = (members: make.Members = {}, body: make.Members = {}, signers = [alpha]): Buffer =>
  make.role("gamma/service-host/north", { authority: "holder", issuer: "alpha", ...members }, body, signers);
export const unknownKind = (members: make.Members = {}, signers?: typeof control): Buffer =>
  make.record(
    { kind: "weather", subject: "sun/rain", body: { any: ["thing", null, { deep: true }] }, ...members },
    signers,
  );
