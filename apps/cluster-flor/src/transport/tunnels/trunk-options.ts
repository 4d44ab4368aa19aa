import type { Credentials } from "@florenetes/identity";
import type { DatagramDrops } from "../datagrams/flow-account.ts";
import type { Carriage } from "../messages.ts";
import type { PathPlace } from "../paths/path-size.ts";

/** The parts and the config that a trunk is made with. */
export interface TrunkOptions extends Carriage {
  /** Principal that it speaks as, `<kind>/<name>`. */
  readonly as: string;
  /** The folder of that principal's identity, and the first credentials that were found there. */
  readonly identity: string;
  readonly credentials: Credentials;
  readonly service: string;
  /** The name of the trunk's path, and its first labels and size. */
  readonly path: string;
  readonly place: PathPlace;
  /** Why no connections are made over the path, for people; undefined: they are. */
  readonly problem?: string | undefined;
  /** Counts the datagrams that are for no flow. */
  readonly datagramDrops: DatagramDrops;
  /** The far end of the trunk's connection, or of an attempt while there is none, owes an answer and says nothing at all. */
  readonly onSilent: (now: number) => void;
  /** The far end has answered after that, or has greeted. */
  readonly onHeard: (now: number) => void;
  /** Workloads wait for a connection, or have got streams on one whose far end is silent. */
  readonly onWaiting: (now: number) => void;
  /** The far end was heard at an attempt, and one of the two ends does not want the other. There is no other connection. */
  readonly onRefused: (now: number) => void;
  /** The last connection that takes streams has ended, or is let go. */
  readonly onDown: (now: number) => void;
}
