import {
  FORWARDING_DROP_NAMES,
  ALL_LINKS,
  OPERATION_NAMES,
  Operation,
  type OperationName,
  slotOf,
} from "@florenetes/forwarding";
import type { Counts } from "@florenetes/process-kit";
import type { CarriedCounts } from "./carried-counts.ts";
import type { ForwardingConfig } from "./forwarding-config.ts";
import type { ForwardingStatus } from "./forwarding-status.ts";
import type { Counted } from "./offloaded-counts.ts";
import type { ExchangedShares } from "./exchanged-shares.ts";
import { type ExchangedStatus, exchangedStatuses } from "./exchanged-status.ts";
import { type PermitStatus, permitStatuses } from "./permit-status.ts";

/** All that forwarding has counted, in this thread and in the data thread. */
export interface ForwardingCounted extends Counted {
  readonly config: ForwardingConfig;
  /** Links by their slots, those that are gone included; -1: there was none. */
  readonly slots: readonly number[];
  /** Labels that were guessed, by the slot of the in-link. */
  readonly guesses: Float64Array;
  /** Drops of packets that start at this vertex, by cause. */
  readonly drops: Float64Array;
  readonly carried: CarriedCounts;
}

/** The forwarding's part of `ClusterStatus`. */
export interface ForwardingSnapshot extends ForwardingStatus {
  /** Packets thrown away since the start, this vertex's own included, by the cause's name. */
  readonly drops: Counts;
}

/** The forwarding's part of what the control agent sees. */
export interface ForwardingSight {
  /** Pairs of links that permits open, with what has come for them. */
  readonly permits: readonly PermitStatus[];
  /** This vertex's own packets over links. */
  readonly exchanged: readonly ExchangedStatus[];
}

/** A line of the label table; what an operation does not have is null. */
export interface ForwardingEntry {
  /** The in-link for whose packets the line holds; null: all in-links. */
  readonly inLink: string | null;
  readonly label: number;
  readonly operation: OperationName;
  readonly outLink: string | null;
  readonly outLabel: number | null;
  readonly service: string | null;
  /** Packets that the line let through. */
  readonly packets: number;
}

/** Drops of one link's packets, by cause; cause 0 is none. */
export interface LinkDrops {
  readonly packets: Float64Array;
  /** For each cause, a label by which a packet was dropped lately; 0: none is known. */
  readonly labels: Uint32Array;
}

/** Packets of a link that were dropped since the start. */
export function linkDropsOf({ links, carried }: Pick<ForwardingCounted, "links" | "carried">, link: number): LinkDrops {
  return {
    packets: carried.addDrops(links.dropsOf(slotOf(link)).slice(), link),
    labels: carried.replaceLabels(links.labelsOf(slotOf(link)).slice(), link),
  };
}

/** Drops of links that are gone still count among all drops. */
export function snapshotOf({
  config,
  table,
  limit,
  links,
  guesses,
  drops: own,
  carried,
  slots,
}: ForwardingCounted): ForwardingSnapshot {
  const dropsOf = slots.map((link) => linkDropsOf({ links, carried }, link));
  const drops = carried.addDrops(own.slice());
  for (const { packets } of dropsOf) for (const [cause, count] of packets.entries()) drops[cause]! += count;
  const nameOf = (link: number): string => config.links.get(link)!.name;
  return {
    links: [...config.links].map(([link, { name }]) => ({
      name,
      packetsForwarded: links.packetsForwarded[slotOf(link)]! + carried.link(link).packetsForwarded,
      packetsDelivered: links.packetsDelivered[slotOf(link)]! + carried.link(link).packetsDelivered,
      labelsGuessed: guesses[slotOf(link)]! + carried.link(link).labelsGuessed,
      drops: dropsByName(dropsOf[slotOf(link)]!.packets),
      droppedLabels: labelsByName(dropsOf[slotOf(link)]!.labels),
    })),
    transit: waysOf(config).map(([inLink, outLink]) => {
      const pair = table.pairOf(inLink, outLink);
      return {
        inLink: nameOf(inLink),
        outLink: nameOf(outLink),
        packets: limit.packetsPassed[pair]! + carried.pair(inLink, outLink).packetsPassed,
        packetsDropped: limit.packetsDropped[pair]! + carried.pair(inLink, outLink).packetsDropped,
      };
    }),
    permits: permitStatuses({ config, table, limit, links, carried }),
    drops: dropsByName(drops),
  };
}

export function sightOf(counted: ForwardingCounted & { readonly exchanged: ExchangedShares }): ForwardingSight {
  return { permits: permitStatuses(counted), exchanged: exchangedStatuses(counted) };
}

/** The label table, line by line. */
export function* rowsOf({
  config: { links, services },
  table,
  carried,
}: ForwardingCounted): Generator<ForwardingEntry, void> {
  for (let at = 0; at < table.size; at++) {
    const { inLink, label, operation, target, outLabel, packets } = table.entry(at);
    const isOnward = operation === Operation.pop || operation === Operation.swap;
    yield {
      inLink: inLink === ALL_LINKS ? null : links.get(inLink)!.name,
      label,
      operation: OPERATION_NAMES[operation]!,
      outLink: isOnward ? links.get(target)!.name : null,
      outLabel: operation === Operation.swap ? outLabel : null,
      service: operation === Operation.deliver ? services.get(target)!.name : null,
      packets: packets + carried.packetsOf(inLink, label),
    };
  }
}

/** The pairs of links that packets may cross, each direction once: a transit pair and a cross-connect may permit the same pair. */
function waysOf({ transit, permits = [], crossConnects }: ForwardingConfig): (readonly [number, number])[] {
  const permitted = permits.map(({ pair }) => pair);
  const pairs = [...transit, ...permitted, ...crossConnects.map(({ from, to }) => [from.link, to.link] as const)];
  const ways = pairs.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]);
  return [...new Map(ways.map((way) => [way.join(" "), way])).values()];
}

/** Leaves out causes for which no label is known. */
function labelsByName(labels: Uint32Array): Record<string, number> {
  return Object.fromEntries(
    [...labels.entries()].flatMap(([cause, label]) => (label === 0 ? [] : [[FORWARDING_DROP_NAMES[cause]!, label]])),
  );
}

/** Cause 0 is none. */
function dropsByName(counts: Float64Array): Record<string, number> {
  return Object.fromEntries(FORWARDING_DROP_NAMES.map((name, cause) => [name, counts[cause]!]).slice(1));
}
