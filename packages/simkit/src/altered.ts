import type { Random } from "./random.ts";

/** Octets with one to three changes: an octet, a bit, a piece more, or an early end. */
export function altered(random: Random, octets: Uint8Array, piece: () => Uint8Array): Buffer {
  let changed = Buffer.from(octets);
  for (let change = random.below(3); change >= 0; change--) {
    const at = random.below(changed.length + 1);
    const choice = random.below(4);
    if (choice === 0 && at < changed.length) changed[at] = random.below(256);
    else if (choice === 1 && at < changed.length) changed[at]! ^= 1 << random.below(8);
    else if (choice === 2) changed = Buffer.concat([changed.subarray(0, at), piece(), changed.subarray(at)]);
    else if (random.chance(0.2)) changed = changed.subarray(0, at);
  }
  return changed;
}
