/** When a node asks for the next certificate of an identity, and when somebody has to be told that it did not get one. */
import { createHash } from "node:crypto";
import type { Credentials } from "../../credentials.ts";
import { BACKDATING_MS } from "../../limits.ts";

/** The parts of a life, in twelfths: asked for from the eighth on, by lot within one, and warned of from the tenth. */
const TWELFTHS = 12;
const DUE = 8;
const OVERDUE = 10;
const LOT_SIZE = 0x1_0000_0000;

export interface RenewalTimes {
  /** From two thirds of the life on, and up to a twelfth later: certificates that were issued together are not renewed together. */
  readonly dueAt: Date;
  /** Five sixths of the life. */
  readonly overdueAt: Date;
  readonly endsAt: Date;
}

/** The life begins when the certificate was made, and ends with the first certificate of the chain. */
export function renewalTimes({
  notBefore,
  validUntil,
  fingerprint,
}: Pick<Credentials, "notBefore" | "validUntil" | "fingerprint">): RenewalTimes {
  const end = validUntil.getTime();
  const madeAt = Math.min(notBefore.getTime() + BACKDATING_MS, end);
  const twelfth = (end - madeAt) / TWELFTHS;
  const lot = createHash("sha256").update(fingerprint).digest().readUInt32BE() / LOT_SIZE;
  return {
    dueAt: new Date(madeAt + (DUE + lot) * twelfth),
    overdueAt: new Date(madeAt + OVERDUE * twelfth),
    endsAt: validUntil,
  };
}
