import type { florenetes } from "#generated/portal";
import { PINS_MAX } from "./limits.ts";

/** The feature of link vertices that bind the peers of links to pinned keys. */
export const PINS_FEATURE = "pins";

const KEY_HASH = /^[0-9a-f]{64}$/;

type Pinned = ReadonlySet<string> | undefined;

export function areGoodPins(pins: Pinned): boolean {
  return pins === undefined || (pins.size <= PINS_MAX && [...pins].every((hash) => KEY_HASH.test(hash)));
}

export function areSamePins(a: Pinned, b: Pinned): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.size === b.size && [...a].every((hash) => b.has(hash));
}

export function pinsToWire(pins: ReadonlySet<string>): florenetes.portal.v1.IPins {
  return { keys: [...pins].map((hash) => Buffer.from(hash, "hex")) };
}

/** Returns no good pins for more keys than may be, also if they are all the same. */
export function pinsFromWire({ keys }: florenetes.portal.v1.IPins): ReadonlySet<string> {
  const hashes = (keys ?? []).slice(0, PINS_MAX + 1).map((hash) => Buffer.from(hash).toString("hex"));
  return new Set(hashes.length > PINS_MAX ? ["too many"] : hashes);
}
