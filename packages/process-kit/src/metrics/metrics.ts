import { foreignText } from "@florenetes/operator-text";
import type * as PromClient from "prom-client";
import { AdminText } from "../admin/admin-text.ts";
import { METRIC_LABEL_LENGTH_MAX } from "../limits.ts";
import type { ProcessStatus } from "../process/process-status.ts";
import type { Counts } from "../admin/text-table.ts";

/** A value of a metric, with all labels of the metric. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * A measured value, as a function of the status that `status --json` shows: nothing is counted for metrics alone. No
 * label may take values that a peer can make up.
 */
export interface Metric<Status> {
  /** Name by the conventions of Prometheus, without `florenetes_`: a unit or `_total` stands at its end. */
  readonly name: string;
  readonly kind: "counter" | "gauge";
  /** The sentence of docs/operate/metrics.md, in Markdown with links from there. */
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (status: Status) => Iterable<MetricSample>;
}

/** The measured part of an engine's choice. */
interface MeasuredEngine {
  readonly name: string;
  readonly asked: string;
  readonly askedBy: string;
}

const PREFIX = "florenetes_";

/**
 * A route that answers with the text that Prometheus scrapes (exposition format 0.0.4). The later of two samples with the same
 * labels counts. The first request loads the library, so that no start waits for it.
 */
export function metricsRoute<Status>(
  metrics: readonly Metric<Status>[],
  statusOf: () => Status | Promise<Status>,
): () => Promise<AdminText> {
  return async () => formatMetrics(await import("prom-client"), metrics, await statusOf());
}

async function formatMetrics<Status>(
  { Counter, Gauge, Registry }: typeof PromClient,
  metrics: readonly Metric<Status>[],
  status: Status,
): Promise<AdminText> {
  // A new registry for each answer: samples of things that have gone are not told again.
  const registry = new Registry();
  for (const { kind, name, help, labels, samples } of metrics) {
    const options = { name: `${PREFIX}${name}`, help: plainText(help), labelNames: [...labels], registers: [registry] };
    if (kind === "gauge") {
      const gauge = new Gauge(options);
      for (const { labels, value } of samples(status)) gauge.set(shownLabels(labels), value);
    } else {
      const counter = new Counter(options);
      for (const sample of samples(status)) {
        const shown = shownLabels(sample.labels);
        counter.remove(shown);
        counter.inc(shown, sample.value);
      }
    }
  }
  return new AdminText(await registry.metrics(), registry.contentType);
}

/** The words of a sentence in Markdown: links become their texts, and marks are dropped. */
function plainText(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");
}

/** A path in a config may hold any character, and the answer is read at terminals, too. */
function shownLabels(labels: MetricSample["labels"]): MetricSample["labels"] {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, foreignText(value, METRIC_LABEL_LENGTH_MAX)]),
  );
}

/** The metrics that every process has; for a process with several clusters, `cluster` is "". */
export function processMetrics<Status extends { readonly process: ProcessStatus; readonly startedAt: string }>(
  process: string,
  clusterOf: (status: Status) => string,
): Metric<Status>[] {
  const gauge = (name: string, help: string, valueOf: (status: Status) => number | null): Metric<Status> => ({
    name: `process_${name}`,
    kind: "gauge",
    help,
    labels: ["process", "cluster"],
    *samples(status) {
      const value = valueOf(status);
      if (value !== null) yield { labels: { process, cluster: clusterOf(status) }, value };
    },
  });
  return [
    gauge(
      "start_time_seconds",
      "When the process started, in Unix time.",
      ({ startedAt }) => Date.parse(startedAt) / 1_000,
    ),
    gauge("resident_memory_bytes", "Resident memory, shared libraries included.", ({ process }) => process.rssBytes),
    gauge("heap_bytes", "JavaScript objects in use or waiting for the garbage collector.", (s) => s.process.heapBytes),
    gauge("external_bytes", "Buffers, and what native code holds for JavaScript.", (s) => s.process.externalBytes),
    gauge("handles", "Sockets, timers and all else that the event loop waits for.", ({ process }) => process.handles),
    gauge("timers", "Timers that are set.", ({ process }) => process.timers),
    gauge(
      "max_fds",
      "File descriptors that the process may have; missing when there is no limit.",
      ({ process }) => process.openFilesMax,
    ),
  ];
}

/** Which QUIC engine a process runs with, as a metric that is always 1. */
export function engineMetric<Status extends { readonly engine: MeasuredEngine }>(
  process: string,
  clusterOf: (status: Status) => string,
): Metric<Status> {
  return {
    name: "quic_engine_info",
    kind: "gauge",
    help: "Always 1. `engine` is the QUIC engine that the process runs with, `native` or `portable`; `asked` is what was asked for (`auto` included), and `asked_by` is `config` or `environment`.",
    labels: ["process", "cluster", "engine", "asked", "asked_by"],
    *samples(status) {
      const { name: engine, asked, askedBy } = status.engine;
      yield { labels: { process, cluster: clusterOf(status), engine, asked, asked_by: askedBy }, value: 1 };
    },
  };
}

/** Whether a process writes the secrets of its connections to a file. */
export function secretsMetric<Status extends { readonly secretsFile: string | null }>(
  process: string,
  clusterOf: (status: Status) => string,
): Metric<Status> {
  return {
    name: "secrets_written",
    kind: "gauge",
    help: "1 while the TLS secrets of all connections are written to a file, because `SSLKEYLOGFILE` [asks for it](configuration.md#reading-packets).",
    labels: ["process", "cluster"],
    *samples(status) {
      yield { labels: { process, cluster: clusterOf(status) }, value: Number(status.secretsFile !== null) };
    },
  };
}

/** The qlog files that a process writes, if any. */
export function qlogMetrics<
  Status extends { readonly qlog: { readonly files: number; readonly bytesLost: number } | null },
>(process: string, clusterOf: (status: Status) => string): Metric<Status>[] {
  const counter = (name: string, help: string, count: "files" | "bytesLost"): Metric<Status> => ({
    name,
    kind: "counter",
    help,
    labels: ["process", "cluster"],
    *samples(status) {
      yield { labels: { process, cluster: clusterOf(status) }, value: status.qlog?.[count] ?? 0 };
    },
  });
  return [
    counter(
      "qlog_files_total",
      "Files that tell all packets of a connection each, because `QLOGDIR` [asks for it](configuration.md#reading-packets).",
      "files",
    ),
    counter(
      "qlog_lost_bytes_total",
      "Bytes of the files that tell packets which could not be written: there were too many files, or the disk was full or slow.",
      "bytesLost",
    ),
  ];
}

/** A sample for each count of a status: its name is the value of `label`. */
export function* countSamples(counts: Counts, label: string, labels: MetricSample["labels"]): Generator<MetricSample> {
  for (const [name, value] of Object.entries(counts)) yield { labels: { ...labels, [label]: name }, value };
}
