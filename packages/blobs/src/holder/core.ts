import type { CollectionTerms } from "../terms.ts";
import type { KeeperCounters, KeeperOptions } from "./collection-keeper.ts";
import type { DiskFaults } from "./disk-faults.ts";
import type { HeldTerms } from "./held-terms.ts";
import type { Notices } from "./notices.ts";
import type { Peers } from "./peers.ts";
import type { ShardShelf } from "./shard-shelf.ts";
import type { WantedShards } from "./wanted-shards.ts";
import type { Youth } from "./youth.ts";

/** Things that the parts of one holder share. */
export interface HolderCore extends KeeperOptions {
  readonly held: HeldTerms;
  readonly youth: Youth;
  readonly peers: Peers;
  readonly shelf: ShardShelf;
  readonly wanted: WantedShards;
  readonly counters: KeeperCounters;
  readonly notices: Notices;
  readonly faults: DiskFaults;
}

/** The terms by which a holder has turns; undefined: it is not among the holders, and has none. */
export function workingTerms({ held }: Pick<HolderCore, "held">): CollectionTerms | undefined {
  return held.state === "open" || held.state === "read-only" ? held.terms : undefined;
}
