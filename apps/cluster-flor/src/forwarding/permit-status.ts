import { isInClasses, TRAFFIC_CLASS_NAMES, type TrafficClass, type TrafficClassName } from "@florenetes/forwarding";
import type { CarriedCounts } from "./carried-counts.ts";
import type { ForwardingConfig } from "./forwarding-config.ts";
import type { Counted } from "./offloaded-counts.ts";

/** Counts of one class since a permit opened the pair. */
export interface PermitClassStatus {
  /** Packets that passed, and their bytes. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets that were dropped: no permit has the class, or they were above the rate. */
  readonly denied: number;
}

/** A direction of a pair of links that permits open for a share. */
export interface PermitStatus {
  readonly inLink: string;
  readonly outLink: string;
  /** Whose packets are meant; 0: those of no share, and of shares that have no permit here. */
  readonly share: number;
  /** The names that the permits have for the agent. */
  readonly permits: readonly string[];
  readonly bitsPerSecond: number;
  /** The classes that permits have, and those of which packets have come. */
  readonly classes: Readonly<Partial<Record<TrafficClassName, PermitClassStatus>>>;
}

interface PermitsCounted extends Counted {
  readonly config: ForwardingConfig;
  readonly carried: CarriedCounts;
}

export function permitStatuses({ config, table, limit, carried }: PermitsCounted): PermitStatus[] {
  const { links, permits = [] } = config;
  const directions = permits.flatMap(({ pair: [a, b], ...permit }) => [
    [a, b, permit] as const,
    [b, a, permit] as const,
  ]);
  return directions.map(([inLink, outLink, { share = 0, allowance, ids }]) => {
    const { classes, bitsPerSecond } = allowance;
    const pair = table.pairOf(inLink, outLink);
    const permit = share === 0 ? limit.permitOf(pair) : table.shares.get(pair, share);
    const carriedRows = carried.permit(inLink, outLink, share);
    const rows = TRAFFIC_CLASS_NAMES.flatMap((name, number): [TrafficClassName, PermitClassStatus][] => {
      const row = carriedRows.find(({ trafficClass }) => trafficClass === number);
      const packets = (permit?.packets[number] ?? 0) + (row?.packets ?? 0);
      const bytes = (permit?.bytes[number] ?? 0) + (row?.bytes ?? 0);
      const denied = (permit?.denied[number] ?? 0) + (row?.packetsDenied ?? 0);
      if (!isInClasses(classes, number as TrafficClass) && packets + denied === 0) return [];
      return [[name, { packets, bytes, denied }]];
    });
    return {
      inLink: links.get(inLink)!.name,
      outLink: links.get(outLink)!.name,
      share,
      permits: ids,
      bitsPerSecond,
      classes: Object.fromEntries(rows),
    };
  });
}
