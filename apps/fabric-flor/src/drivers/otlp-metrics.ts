import { readFile } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { HrTime } from "@opentelemetry/api";
import type { ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { Logger } from "@florenetes/process-kit";
import type { TelemetryStatus } from "../admin/telemetry-status.ts";
import type { OtlpMetricsConfig } from "../config/fabric-config.ts";
import { fleetMetrics } from "./otlp-fleet.ts";

/** The sums are sent so often: they are made anew each minute. */
const SEND_MS = 60_000;
/** Time for an answer of the collector. */
const ANSWER_MS = 10_000;

type ToldSums = NonNullable<TelemetryStatus["observer"]>;

export interface OtlpMetricsOptions {
  readonly config: OtlpMetricsConfig;
  readonly source: { readonly cluster: string; readonly node: string; readonly version: string };
  /** The sums of this node's partition; null: it observes none, and nothing is sent. */
  readonly sums: () => ToldSums | null;
  readonly wallClock: () => number;
  readonly log: Pick<Logger, "info" | "warn">;
}

/**
 * Sends what this node has added up as an observer to a collector, each minute, by OTLP over HTTP, in JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). Nothing is kept of what a collector
 * has not taken: the next minute has newer sums.
 */
export class OtlpMetrics implements Disposable {
  readonly #options: OtlpMetricsOptions;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;

  constructor(options: OtlpMetricsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.send(), SEND_MS);
  }

  /** Sends once. Never rejects. */
  async send(): Promise<void> {
    const { sums, config, log } = this.#options;
    const told = sums();
    if (told === null) return;
    const { endpoint } = config;
    try {
      await this.#post(await this.#body(told));
      if (this.#isFailing) log.info({ code: "OTLP_METRICS_SENT", endpoint }, "metrics are sent again");
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log.warn({ code: "OTLP_METRICS_LOST", endpoint, err: error }, "metrics are lost");
      this.#isFailing = true;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** The library is loaded when the first metrics are sent: no start waits for it. */
  async #body(told: ToldSums): Promise<Uint8Array> {
    const { JsonMetricsSerializer } = await import("@opentelemetry/otlp-transformer");
    const { resourceFromAttributes } = await import("@opentelemetry/resources");
    const { AggregationTemporality, DataPointType } = await import("@opentelemetry/sdk-metrics");
    const { cluster, node, version } = this.#options.source;
    const resource = resourceFromAttributes({
      "service.name": "fabric-flor",
      "service.namespace": cluster,
      "service.instance.id": node,
      "service.version": version,
    });
    const wall = this.#options.wallClock();
    const time: HrTime = [Math.floor(wall / 1_000), (wall % 1_000) * 1_000_000];
    const metrics = fleetMetrics(told, { time, DataPointType, AggregationTemporality });
    const all: ResourceMetrics = {
      resource,
      scopeMetrics: [{ scope: { name: "florenetes.fleet", version }, metrics }],
    };
    return JsonMetricsSerializer.serializeRequest(all) ?? new Uint8Array(0);
  }

  async #post(body: Uint8Array): Promise<void> {
    const { endpoint, ca } = this.#options.config;
    const authorities = ca === undefined ? undefined : await readFile(ca, "utf8");
    const options = {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length },
      signal: AbortSignal.timeout(ANSWER_MS),
    };
    await new Promise<void>((done, fail) => {
      const asked = endpoint.startsWith("https:")
        ? requestHttps(endpoint, { ...options, ...(authorities !== undefined && { ca: authorities }) })
        : requestHttp(endpoint, options);
      asked.once("response", (response) => {
        const { statusCode = 0 } = response;
        response.resume();
        if (statusCode >= 200 && statusCode < 300) done();
        else fail(new Error(`the collector has answered ${statusCode}`));
      });
      asked.once("error", fail).end(body);
    });
  }
}
