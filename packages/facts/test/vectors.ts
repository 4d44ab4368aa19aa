import { recordIdOf, readEnvelope, writeRecordText } from "../src/envelope.ts";
import { formatTime } from "../src/fields.ts";
import { REASONS } from "../src/reasons.ts";
import { isEquivocation } from "../src/slots.ts";
import { cases } from "./cases.ts";
import type { Case } from "./cases/scene.ts";
import { type TrustCase, trustCases } from "./cases/trust.ts";
import { factOf } from "./held.ts";
import { testKey } from "./keys.ts";
import { NOW, record } from "./records.ts";

export const vectorsFile: URL = new URL("../vectors/facts.json", import.meta.url);

/** Records of one slot, from the oldest to the newest. */
export const order: readonly Uint8Array[] = [
  record({ epoch: 1, generation: 9, issued: NOW + 3, expires: NOW + 4 }),
  record({ epoch: 2, generation: 9, issued: NOW + 1 }),
  record({ epoch: 2, generation: 1, issued: NOW + 2 }),
  ...[
    record({ epoch: 2, generation: 2, issued: NOW + 2 }),
    record({ epoch: 2, generation: 2, issued: NOW + 2, body: { hold: 1 } }),
  ].sort((a, b) => (factOf(a).id < factOf(b).id ? 1 : -1)),
];

/** A judged record, as it stands in a file of vectors. */
export type Verdict =
  | { readonly reason: string }
  | { readonly id: string; readonly isKnown: boolean; readonly equivocal: readonly string[]; readonly waits?: true };

type Judged = Omit<Case, "reason" | "waits"> & { readonly verdict: Verdict };

/** The text of the published file, which holds all cases for other implementations. */
export function vectorsText(): string {
  return textOf(
    cases.map(({ reason, waits, ...example }) => ({
      ...example,
      verdict:
        reason === undefined ? { ...acceptedAs(example.record, example.held), ...(waits && { waits }) } : { reason },
    })),
    trustCases,
  );
}

/** The text of a file like the published one. */
export function textOf(judged: readonly Judged[], trusted: readonly TrustCase[]): string {
  const records = new Map<string, string>();
  const nameOf = (octets: Uint8Array): string => {
    const { id } = factOf(octets);
    records.set(id, base64(octets));
    return id;
  };
  const shown = {
    cluster: "demo",
    reasons: Object.keys(REASONS),
    key: keyVector(),
    text: { octets: base64(order[0]!), text: writeRecordText(order[0]!) },
    order: order.map(nameOf),
    judged: judged.map(({ name, record, roots, held, now, development, verdict }) => ({
      name,
      now: formatTime(now),
      development,
      roots: roots.map(nameOf),
      held: held.map(nameOf),
      record: base64(record),
      ...verdict,
    })),
    trusted: trusted.map(({ name, record, fingerprint, now, development, reason }) => ({
      name,
      now: formatTime(now),
      development,
      fingerprint,
      record: base64(record),
      ...(reason === undefined ? {} : { reason }),
    })),
    records: Object.fromEntries(records),
  };
  return `${JSON.stringify(shown, undefined, 1)}\n`;
}

function acceptedAs(octets: Uint8Array, held: readonly Uint8Array[]): Verdict {
  const fact = factOf(octets);
  const envelope = readEnvelope(octets);
  if (typeof envelope === "string") throw new Error(envelope);
  const equivocal = held.map(factOf).filter((other) => isEquivocation(fact, other));
  return { id: recordIdOf(envelope.payload), isKnown: fact.isKnown, equivocal: equivocal.map(({ id }) => id) };
}

function keyVector(): Record<string, string> {
  const { key, keyId, sign } = testKey("example");
  const octets = Buffer.from("some octets");
  return { key, id: keyId, octets: octets.toString("hex"), signature: Buffer.from(sign(octets)).toString("hex") };
}

function base64(octets: Uint8Array): string {
  return Buffer.from(octets).toString("base64");
}
