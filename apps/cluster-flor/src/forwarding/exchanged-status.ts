import { TRAFFIC_CLASS_NAMES, type TrafficClassName } from "@florenetes/forwarding";
import type { CarriedCounts } from "./carried-counts.ts";
import type { ExchangedShares, ShareCounts } from "./exchanged-shares.ts";
import type { ForwardingConfig } from "./forwarding-config.ts";
import { SHARES_PER_LINK_MAX } from "./limits.ts";

/** The vertex's own packets of one class, and their bytes with all headers. */
interface ExchangedClassStatus {
  /** Handed to the link. */
  readonly sentPackets: number;
  readonly sentBytes: number;
  /** Came over the link, and were delivered here. */
  readonly packets: number;
  readonly bytes: number;
}

/** The vertex's own packets of one share over a link. */
export interface ExchangedStatus {
  readonly link: string;
  /** 0: none. */
  readonly share: number;
  /** Classes of which there were any. */
  readonly classes: Readonly<Partial<Record<TrafficClassName, ExchangedClassStatus>>>;
}

interface ExchangedCounted {
  readonly config: Pick<ForwardingConfig, "links">;
  readonly exchanged: ExchangedShares;
  readonly carried: CarriedCounts;
}

/** The vertex's own packets by link and share, as this thread and the data thread have counted them. */
export function exchangedStatuses({ config, exchanged, carried }: ExchangedCounted): ExchangedStatus[] {
  return [...config.links].flatMap(([link, { name }]) => {
    const all = new Map<number, Map<TrafficClassName, ExchangedClassStatus>>();
    const add = (share: number, trafficClass: number, counts: ExchangedClassStatus): void => {
      if (counts.sentPackets + counts.packets === 0) return;
      const isRoom = all.has(share) || share === 0 || all.size - Number(all.has(0)) < SHARES_PER_LINK_MAX;
      if (!isRoom) return;
      const classes = all.get(share) ?? new Map<TrafficClassName, ExchangedClassStatus>();
      const known = classes.get(TRAFFIC_CLASS_NAMES[trafficClass]!);
      all.set(share, classes.set(TRAFFIC_CLASS_NAMES[trafficClass]!, sumOf(known, counts)));
    };
    // The data thread has what counts most: where both know many shares, those of its packets are told.
    for (const { share, trafficClass, ...counts } of carried.exchangedOf(link)) add(share, trafficClass, counts);
    for (const counts of exchanged.sharesOf(link)) {
      for (const trafficClass of TRAFFIC_CLASS_NAMES.keys())
        add(counts.share, trafficClass, ofClass(counts, trafficClass));
    }
    const rows = [...all].toSorted(([a], [b]) => a - b);
    return rows.map(([share, classes]) => ({ link: name, share, classes: Object.fromEntries(classes) }));
  });
}

function ofClass({ sentPackets, sentBytes, packets, bytes }: ShareCounts, trafficClass: number): ExchangedClassStatus {
  return {
    sentPackets: sentPackets[trafficClass]!,
    sentBytes: sentBytes[trafficClass]!,
    packets: packets[trafficClass]!,
    bytes: bytes[trafficClass]!,
  };
}

function sumOf(a: ExchangedClassStatus | undefined, b: ExchangedClassStatus): ExchangedClassStatus {
  const none = { sentPackets: 0, sentBytes: 0, packets: 0, bytes: 0 };
  const { sentPackets, sentBytes, packets, bytes } = a ?? none;
  return {
    sentPackets: sentPackets + b.sentPackets,
    sentBytes: sentBytes + b.sentBytes,
    packets: packets + b.packets,
    bytes: bytes + b.bytes,
  };
}
