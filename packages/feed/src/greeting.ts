import { FeedCode, Violation } from "./codes.ts";
import type { HelloEvent } from "./feed-events.ts";
import { DATABASE_ID_SIZE, LOWEST_VERSION, VERSION } from "./limits.ts";
import type { Cursor, Hello } from "./messages.ts";

/** The names of an end, and the name that its peer has to have. */
export interface FeedIdentity {
  /** Our own node. */
  readonly node: string;
  /** The node that the stream leads to, or comes from, by its certificate. */
  readonly peer: string;
  /** The id of our own database, 32 lower-case hex digits. */
  readonly databaseId: string;
  /** The wall clock at present, in milliseconds since 1970. */
  readonly time: number;
  /** The address at which we see the peer: at most 255 octets, and empty where it is not known. */
  readonly seen: string;
  /** A reader takes beacons that say the same no more often, in milliseconds; 0, and the default: as often as they come. */
  readonly beaconMs?: number;
}

/** The `cursorsOf` of a reader without cursors. */
export const NO_DATABASE: string = "00".repeat(DATABASE_ID_SIZE);

export function helloOf(identity: FeedIdentity, cursorsOf: string, cursors: readonly Cursor[]): Hello {
  const { node, databaseId, time, seen, beaconMs = 0 } = identity;
  const versions = { lowestVersion: LOWEST_VERSION, highestVersion: VERSION };
  const pace = beaconMs > 0 ? { beaconSeconds: Math.ceil(beaconMs / 1_000) } : {};
  return { kind: "hello", ...versions, node, databaseId, time, seen, cursorsOf, cursors, ...pace };
}

/** The version that is spoken with a peer whose HELLO was checked: the highest that both have. */
export function versionOf({ highestVersion }: Hello): number {
  return Math.min(VERSION, highestVersion);
}

/** Checks that the peer is who it has to be, and speaks a version of ours. Throws a Violation. */
export function checkHello(hello: Hello, peer: string): HelloEvent {
  const { lowestVersion, highestVersion, node, databaseId, time, seen, cursors } = hello;
  if (lowestVersion > VERSION || highestVersion < LOWEST_VERSION) {
    const sentence = `HELLO offers the versions ${lowestVersion} to ${highestVersion}, and ${LOWEST_VERSION} to ${VERSION} are known here`;
    throw new Violation(FeedCode.unsupported, sentence);
  }
  if (node !== peer)
    throw new Violation(FeedCode.wrongPrincipal, `HELLO is of ${node}, and ${peer} is at the other end`);
  return { kind: "hello", databaseId, time, seen, sections: cursors.map(({ section }) => section) };
}
