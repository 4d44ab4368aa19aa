import { florenetes } from "#generated/portal";
import { foreignText } from "@florenetes/operator-text";
import { CODE_LENGTH_MAX } from "./limits.ts";
import type {
  TransitAllowance,
  TransitChange,
  TransitChanges,
  TransitLinkCounts,
  TransitProgress,
  TransitReport,
} from "./transit.ts";
import { keyFromWire, keyToWire, toNumber } from "./wire-values.ts";

const { TransitOperation: WireOperation } = florenetes.portal.v1;

const OPERATIONS = {
  link: WireOperation.TRANSIT_LINK,
  permit: WireOperation.TRANSIT_PERMIT,
  forbid: WireOperation.TRANSIT_FORBID,
  swap: WireOperation.TRANSIT_SWAP,
  end: WireOperation.TRANSIT_END,
  remove: WireOperation.TRANSIT_REMOVE,
  unknown: WireOperation.TRANSIT_UNSPECIFIED,
} as const satisfies Record<TransitChange["operation"], number>;

export function transitChangesToWire({
  generation,
  changes,
  ...table
}: TransitChanges): florenetes.portal.v1.ITransitChanges {
  return { ...table, transitGeneration: generation, changes: changes.map(changeToWire) };
}

function changeToWire(change: TransitChange): florenetes.portal.v1.ITransitChange {
  const operation = OPERATIONS[change.operation];
  if (change.operation === "link") return { operation, label: change.label, key: keyToWire(change.key) };
  if (change.operation === "permit") {
    return { ...change, operation, allowance: change.allowance ?? null, share: change.share ?? 0 };
  }
  return { ...change, operation };
}

export function transitChangesFromWire(wire: florenetes.portal.v1.ITransitChanges): TransitChanges {
  return {
    generation: toNumber(wire.transitGeneration),
    first: wire.first ?? 0,
    whole: wire.whole ?? 0,
    packetsPerSecond: toNumber(wire.packetsPerSecond),
    bytesPerSecond: toNumber(wire.bytesPerSecond),
    changes: (wire.changes ?? []).map(changeFromWire),
  };
}

function changeFromWire(wire: florenetes.portal.v1.ITransitChange): TransitChange {
  const [link, label, outLink, outLabel] = [wire.link ?? 0, wire.label ?? 0, wire.outLink ?? 0, wire.outLabel ?? 0];
  switch (wire.operation) {
    case WireOperation.TRANSIT_LINK: {
      const key = keyFromWire(wire.key);
      return key === undefined ? { operation: "unknown" } : { operation: "link", key, label };
    }
    case WireOperation.TRANSIT_PERMIT:
      return {
        operation: "permit",
        link,
        outLink,
        allowance: allowanceFromWire(wire.allowance),
        share: wire.share || undefined,
      };
    case WireOperation.TRANSIT_FORBID:
      return { operation: "forbid", link, outLink };
    case WireOperation.TRANSIT_SWAP:
      return { operation: "swap", link, label, outLink, outLabel };
    case WireOperation.TRANSIT_END:
      return { operation: "end", link, label };
    case WireOperation.TRANSIT_REMOVE:
      return { operation: "remove", link, label };
    default:
      return { operation: "unknown" };
  }
}

/** Undefined: there is none. */
function allowanceFromWire(
  wire: florenetes.portal.v1.ITransitAllowance | null | undefined,
): TransitAllowance | undefined {
  return wire ? { classes: wire.classes ?? 0, bitsPerSecond: toNumber(wire.bitsPerSecond) } : undefined;
}

export function transitReportToWire({
  generation,
  links,
  pairs,
  labels,
  classes,
  ...report
}: TransitReport): florenetes.portal.v1.ITransitReport {
  return {
    ...report,
    transitGeneration: generation,
    links: links.map((link) => ({ ...link, drops: [...link.drops] })),
    pairs: [...pairs],
    labels: [...labels],
    classes: [...classes],
  };
}

export function transitReportFromWire(wire: florenetes.portal.v1.ITransitReport): TransitReport {
  return {
    number: wire.number ?? 0,
    generation: toNumber(wire.transitGeneration),
    links: (wire.links ?? []).map(linkCountsFromWire),
    pairs: (wire.pairs ?? []).map(({ link, outLink, packetsPassed, packetsLimited }) => ({
      link: link ?? 0,
      outLink: outLink ?? 0,
      packetsPassed: toNumber(packetsPassed),
      packetsLimited: toNumber(packetsLimited),
    })),
    labels: (wire.labels ?? []).map(({ link, label, packets }) => ({
      link: link ?? 0,
      label: label ?? 0,
      packets: toNumber(packets),
    })),
    classes: (wire.classes ?? []).map((counts) => ({
      link: counts.link ?? 0,
      outLink: counts.outLink ?? 0,
      share: counts.share ?? 0,
      trafficClass: counts.trafficClass ?? 0,
      packets: toNumber(counts.packets),
      bytes: toNumber(counts.bytes),
      packetsDenied: toNumber(counts.packetsDenied),
    })),
  };
}

function linkCountsFromWire(wire: florenetes.portal.v1.ITransitLinkCounts): TransitLinkCounts {
  return {
    link: wire.link ?? 0,
    packetsForwarded: toNumber(wire.packetsForwarded),
    bytesIn: toNumber(wire.bytesIn),
    drops: (wire.drops ?? []).map(({ cause, packets, label }) => ({
      cause: foreignText(cause ?? "", CODE_LENGTH_MAX),
      packets: toNumber(packets),
      label: label ?? 0,
    })),
    packetsOut: toNumber(wire.packetsOut),
    bytesOut: toNumber(wire.bytesOut),
    packetsRefused: toNumber(wire.packetsRefused),
  };
}

/** Undefined: the link vertex takes no table, or has not begun. */
export function transitProgressFromWire(wire: florenetes.portal.v1.IHeartbeat): TransitProgress | undefined {
  const generation = toNumber(wire.transitGeneration);
  if (generation === 0) return undefined;
  return { generation, taken: wire.transitTaken ?? 0, code: foreignText(wire.transitCode ?? "", CODE_LENGTH_MAX) };
}
