/** A fact as it is held: its signatures stay in the octets until somebody asks for them, as many records are held for long and seldom asked. */
import type { JsonObject } from "../canonical.ts";
import { type Envelope, readEnvelope } from "../envelope.ts";
import type { Fact } from "../fact.ts";

export class HeldFact implements Fact {
  readonly cluster: string;
  readonly kind: string;
  readonly scope: string;
  readonly subject: string;
  readonly epoch: number;
  readonly generation: number;
  readonly issued: number;
  readonly expires: number;
  readonly authority: string;
  readonly issuer: string | undefined;
  readonly void: true | undefined;
  readonly body: JsonObject;
  readonly id: string;
  readonly isKnown: boolean;
  /** The octets of the record, which are this object's own. Other copies may add signatures. */
  octets: Uint8Array;

  /** @param octets The octets of the fact's record, which nobody else changes */
  constructor(fact: Fact, octets: Uint8Array) {
    this.cluster = fact.cluster;
    this.kind = fact.kind;
    this.scope = fact.scope;
    this.subject = fact.subject;
    this.epoch = fact.epoch;
    this.generation = fact.generation;
    this.issued = fact.issued;
    this.expires = fact.expires;
    this.authority = fact.authority;
    this.issuer = fact.issuer;
    this.void = fact.void;
    this.body = fact.body;
    this.id = fact.id;
    this.isKnown = fact.isKnown;
    this.octets = octets;
  }

  get envelope(): Envelope {
    const envelope = readEnvelope(this.octets);
    if (typeof envelope === "string") throw new TypeError("the octets of a fact have been changed");
    return envelope;
  }
}

/** A copy of octets with memory of its own: a part of a larger buffer would keep the whole of it. */
export function ownCopy(octets: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(octets.length);
  copy.set(octets);
  return copy;
}
