import type { Metric, MetricSample } from "@florenetes/process-kit";
import type { KeptKindStatus } from "./keep-status.ts";
import type { StoreFlorStatus } from "./store-status.ts";

const LABELS = ["process", "cluster", "kind"];

/** Metrics of a process that keeps the fabric's log, usage and audit. */
export const KEEP_METRICS: readonly Metric<StoreFlorStatus>[] = [
  ofKinds(
    "store_keep_piece_age_seconds",
    "gauge",
    "Age of the last piece that is kept of the log, the usage or the audit (`kind`).",
    ({ ageMs }) => (ageMs === null ? undefined : ageMs / 1_000),
  ),
  ofKinds(
    "store_keep_behind_seconds",
    "gauge",
    "For how long something may be there that is not kept: since all was kept, or the process began.",
    ({ behindMs }) => behindMs / 1_000,
  ),
  ofKinds("store_keep_pieces_total", "counter", "Pieces that were kept.", ({ pieces }) => pieces),
  ofKinds("store_keep_bytes_total", "counter", "Octets of these, before they were sealed.", ({ octets }) => octets),
  ofKinds(
    "store_keep_failures_total",
    "counter",
    "Pieces that could not be had or kept; each is tried again.",
    ({ failures }) => failures,
  ),
];

function ofKinds(
  name: string,
  kind: "counter" | "gauge",
  help: string,
  valueOf: (kept: KeptKindStatus) => number | undefined,
): Metric<StoreFlorStatus> {
  const samples = ({ cluster, keep }: StoreFlorStatus): readonly MetricSample[] =>
    (keep?.kinds ?? []).flatMap((kept) => {
      const value = valueOf(kept);
      return value === undefined ? [] : [{ labels: { process: "store-flor", cluster, kind: kept.kind }, value }];
    });
  return { name, kind, help, labels: LABELS, samples };
}
