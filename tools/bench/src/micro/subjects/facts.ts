import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { type Fact, FactBook, readFact, trustRoot } from "@florenetes/facts";
import {
  addSignatures,
  makeSigningKey,
  proposeRecord,
  proposeRoot,
  signedOctetsOf,
  type SigningKey,
} from "@florenetes/facts/authoring";
import type { Subject } from "../subject.ts";

const CLUSTER = "bench";
const RECORDS = 256;
const SIGNERS = 2;
const WARM_UPS = 8;

interface Signed {
  readonly root: Uint8Array;
  readonly control: readonly SigningKey[];
  /** Services, each signed by two keys of three. */
  readonly records: readonly Uint8Array[];
}

function sign(now: number): Signed {
  const keysOf = (what: string): SigningKey[] => ["a", "b", "c"].map((name) => makeSigningKey(`${name}-${what}`));
  const [roots, control] = [keysOf("root"), keysOf("control")];
  const authorities = { root: { keys: roots }, control: { keys: control } };
  const root = addSignatures(proposeRoot({ cluster: CLUSTER, authorities, now }), roots.slice(0, SIGNERS));
  const hosts = ["n1", "n2"].map((node) => ({ node, priority: 0, weight: 1 }));
  const body = { aliases: [], mode: "active-active" as const, classes: ["reliable" as const], hosts };
  const records = Array.from({ length: RECORDS }, (_, at) => {
    const proposal = proposeRecord({ cluster: CLUSTER, kind: "service", subject: `s${at}`, body, now });
    return addSignatures(proposal, control.slice(0, SIGNERS));
  });
  return { root, control, records };
}

/** The cost of a record beside that of its signatures is an aim: see `factsAims`. */
export const TAKEN = "facts: a record with two signatures, taken in";
export const VERIFIED = "facts: its two bare verifications";

const taken: Subject = {
  name: TAKEN,
  operation: "record, from its octets to the book",
  prepare: () => {
    const now = Date.now();
    const { root, records } = sign(now);
    const pin = { cluster: CLUSTER, fingerprint: factOf(root).id, development: false, now };
    const take = (): number => {
      const trusted = trustRoot(root, pin);
      if (!trusted.isAccepted) throw new Error(trusted.reason);
      const book = new FactBook({ root: trusted.fact, node: "n1", development: false });
      for (const octets of records) if (!book.offer(octets, now).isAccepted) throw new Error("a record was refused");
      return RECORDS;
    };
    // An agent that has run for a while: the compiler has seen some thousand records.
    for (let each = 0; each < WARM_UPS; each++) take();
    return take;
  },
};

/** The floor of a record: what the library alone takes for its signatures. */
const verified: Subject = {
  name: VERIFIED,
  operation: "two verifications of Ed25519",
  prepare: () => {
    const { control, records } = sign(Date.now());
    const keys = new Map(control.map(({ key, keyId }) => [keyId, publicKeyOf(key)]));
    const all = records.map((octets) => {
      const fact = factOf(octets);
      const signed = signedOctetsOf(fact);
      return {
        signed,
        signatures: fact.envelope.signatures.map(({ keyId, octets }) => ({ key: keys.get(keyId)!, octets })),
      };
    });
    return () => {
      for (const { signed, signatures } of all)
        for (const { key, octets } of signatures)
          if (!verify(null, signed, key, octets)) throw new Error("it is wrong");
      return all.length;
    };
  },
};

export const FACTS_SUBJECTS: readonly Subject[] = [taken, verified];

function factOf(octets: Uint8Array): Fact {
  const fact = readFact(octets, CLUSTER);
  if (typeof fact === "string") throw new Error(`a record of the bench is not in form: ${fact}`);
  return fact;
}

function publicKeyOf(key: string): KeyObject {
  const x = Buffer.from(key, "hex").toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}
