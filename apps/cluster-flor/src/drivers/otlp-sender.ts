import { readFile } from "node:fs/promises";
import type { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { OtlpTracesConfig } from "../config/otlp-section.ts";
import { SPAN_REQUEST_MS_MAX } from "./limits.ts";
import type { SendSpans } from "./span-export.ts";
import type { OverConnection } from "./workload-span.ts";

/** The vertex that spans are told of. */
export interface SpanSource {
  readonly cluster: string;
  readonly vertex: string;
  readonly version: string;
}

interface Collector {
  readonly exporter: OTLPTraceExporter;
  readonly spanOf: (over: OverConnection) => ReadableSpan;
}

/**
 * Sends spans by OTLP over HTTP, in JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). The library is loaded when the first spans are sent, and
 * the file of CAs is read then: no start waits for either, and what fails is tried again with the next spans.
 */
export function otlpSender(config: OtlpTracesConfig, source: SpanSource): SendSpans {
  let collector: Collector | undefined;
  return async (over) => {
    const { exporter, spanOf } = (collector ??= await openCollector(config, source));
    const spans = over.map(spanOf);
    const { error, code } = await new Promise<{ error?: Error; code: number }>((done) => exporter.export(spans, done));
    if (code !== 0) throw error ?? new Error("the collector has not taken them");
  };
}

async function openCollector({ endpoint, ca }: OtlpTracesConfig, source: SpanSource): Promise<Collector> {
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const { resourceFromAttributes } = await import("@opentelemetry/resources");
  const { workloadSpan } = await import("./workload-span.ts");
  const authorities = ca === undefined ? undefined : await readFile(ca, "utf8");
  const exporter = new OTLPTraceExporter({
    url: endpoint,
    timeoutMillis: SPAN_REQUEST_MS_MAX,
    concurrencyLimit: 1,
    ...(authorities !== undefined && { httpAgentOptions: { ca: authorities } }),
  });
  const resource = resourceFromAttributes({
    "service.name": "cluster-flor",
    "service.namespace": source.cluster,
    "service.instance.id": source.vertex,
    "service.version": source.version,
  });
  return { exporter, spanOf: (over) => workloadSpan(over, resource) };
}
