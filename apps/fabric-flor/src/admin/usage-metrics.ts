/** The metrics of usage: what a node has signed and holds of it, and, at an observer, what it was handed in. */
import type { Metric } from "@florenetes/process-kit";
import type { FabricFlorStatus } from "./fabric-status.ts";
import { counted } from "./metric-forms.ts";

export const USAGE_METRICS: readonly Metric<FabricFlorStatus>[] = [
  counted(
    "fabric_usage",
    "gauge",
    "Receipts of this node that wait for observers (`receipts`), usage records that it holds (`records`), and, at an observer, `hours` of which receipts are held.",
    "what",
    ({ usage: { receipts, held, observer } }): Record<string, number> => ({
      receipts: receipts.waiting,
      records: held,
      ...(observer !== null && { hours: observer.hours }),
    }),
  ),
  counted(
    "fabric_usage_signed_total",
    "counter",
    "`receipts` that this node has signed, and, at an observer, `usage` records.",
    "what",
    ({ usage: { receipts, observer } }): Record<string, number> => ({
      receipts: receipts.signed,
      ...(observer !== null && { usage: observer.signed }),
    }),
  ),
  counted(
    "fabric_observer_receipts_total",
    "counter",
    "Receipts and shares that nodes have handed in to this observer, by what came of them: `taken`, `closed` (their hour is over for long), `duplicate`, `full`, `partition`, `often` and `unknown-sender` for letters that were not read, or the [reason](../protocol/facts.md#the-judge) against them.",
    "outcome",
    ({ usage }) => usage.observer?.outcomes ?? {},
  ),
  counted(
    "fabric_observer_claims_total",
    "counter",
    "What relays have claimed above what their neighbours have seen (`above`): it does not count.",
    "what",
    ({ usage }): Record<string, number> => (usage.observer === null ? {} : { above: usage.observer.claims }),
  ),
];
