/**
 * Renewals: records by which programs say again what people have said. Each follows from the records of its slot alone, so that all programs sign one payload,
 * and no program two of one epoch. Pure; times are milliseconds since 1970.
 */
import { writeEnvelope } from "./envelope.ts";
import { type Fact, writePayload } from "./fact.ts";
import { INTEGER_MAX } from "./limits.ts";
import { baseOf, type Grounds, isByPrograms, renews } from "./rights.ts";
import { inForce } from "./slots.ts";

export interface Renewal {
  /** The record in force, which is renewed. */
  readonly current: Fact;
  /** When half of the life that people gave the record has passed: programs sign no sooner. */
  readonly due: number;
  /** When three quarters have passed. */
  readonly late: number;
  /** The octets of the renewal without signatures. */
  readonly octets: () => Uint8Array;
}

/**
 * The next renewal of a slot: its record in force for half of its life more. Undefined where nothing is in force, where that is not what people have said
 * last, or where its epoch is the highest that there is.
 *
 * @param facts All records of the slot that count
 */
export function renewalOf(facts: readonly Fact[], grounds: Pick<Grounds, "authority" | "now">): Renewal | undefined {
  const base = baseOf(facts, grounds);
  const current = inForce(facts, grounds.now);
  if (base === undefined || current === undefined || isByPrograms(base, grounds)) return undefined;
  const isOfControl = base.authority === "control" && current.authority === "control" && base.isKnown;
  if (!isOfControl || (current.id !== base.id && !renews(current, base))) return undefined;
  // Times of the record in force are not trusted with more: other programs than honest ones may have signed it.
  const life = base.expires - base.issued;
  const half = Math.floor(life / 2);
  if (half === 0 || current.epoch >= INTEGER_MAX) return undefined;
  const expires = current.expires + half;
  const issued = expires - life;
  const { cluster, kind, scope, subject, generation, authority, body } = base;
  const octets = (): Uint8Array =>
    writeEnvelope({
      payload: writePayload({
        cluster,
        kind,
        scope,
        subject,
        epoch: current.epoch + 1,
        generation,
        issued,
        expires,
        authority,
        body,
      }),
      signatures: [],
    });
  return { current, due: issued, late: issued + Math.floor(half / 2), octets };
}
