import type { Pins } from "@florenetes/identity";

/** The keys that principals must show to this vertex. An overlay brings them; a config file has none. */
export interface VertexPins {
  /** By the short form of a principal: hashes as `Pins` has them. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether links, callers of services and paths of the file are bound, too; else only connections over paths of an overlay are. */
  readonly bindAll: boolean;
}

export const NO_PINS: VertexPins = { keys: new Map(), bindAll: false };

/**
 * The pins that bind the peers of links; undefined: none do. A peer to which the overlay alone has links is bound always. One to which the file has
 * a link, too, is bound as the file's links are: a session of it is judged before it says whose link it is.
 */
export function pinsOfLinks(
  { keys: pinned, bindAll }: VertexPins,
  links: Iterable<{ readonly peer: string; readonly isOverlay?: true | undefined }>,
): Pins | undefined {
  if (bindAll) return pinned;
  const all = [...links];
  const ofFile = new Set(all.flatMap(({ isOverlay, peer }) => (isOverlay === true ? [] : [peer])));
  const bound = new Map<string, ReadonlySet<string>>();
  for (const { isOverlay, peer } of all) {
    const keys = pinned.get(`vertex/${peer}`);
    if (isOverlay === true && keys !== undefined && !ofFile.has(peer)) bound.set(`vertex/${peer}`, keys);
  }
  return bound.size === 0 ? undefined : bound;
}

/** The pins that bind what an overlay has not made; undefined: none do. */
export function pinsOfAll({ keys, bindAll }: VertexPins): Pins | undefined {
  return bindAll ? keys : undefined;
}
