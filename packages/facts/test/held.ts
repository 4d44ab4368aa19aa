import { Authority } from "../src/authority.ts";
import { type Fact, readFact } from "../src/fact.ts";
import type { HeldFacts } from "../src/rights.ts";
import { slotOf } from "../src/slots.ts";

/** The fact that octets of the cluster `demo` hold, which have to be in form. */
export function factOf(octets: Uint8Array): Fact {
  const fact = readFact(octets, "demo");
  if (typeof fact === "string") throw new Error(fact);
  return fact;
}

export function heldOf(records: readonly Uint8Array[]): HeldFacts {
  const facts = records.map(factOf);
  return { in: (slot) => facts.filter((fact) => slotOf(fact) === slot) };
}

/** The authority that follows from root descriptors, one version after the other. */
export function authorityOf([first, ...later]: readonly Uint8Array[]): Authority {
  return later.reduce<Authority>((authority, octets) => authority.next(factOf(octets)), Authority.of(factOf(first!)));
}
