import type { Pins } from "@florenetes/identity";

/** The keys that principals must show to this vertex. An overlay brings them; a config file has none. */
export interface VertexPins {
  /** By the short form of a principal: hashes as `Pins` has them. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether links, callers of services and paths of the file are bound, too; else only connections over paths of an overlay are. */
  readonly bindAll: boolean;
}

export const NO_PINS: VertexPins = { keys: new Map(), bindAll: false };

/** The pins that bind what an overlay has not made; undefined: none do. */
export function pinsOfAll({ keys, bindAll }: VertexPins): Pins | undefined {
  return bindAll ? keys : undefined;
}
