import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@florenetes/process-kit";
import type { OtlpTracesStatus } from "../admin/cluster-status.ts";
import type { AccessLog, AccessRecord } from "../transport/access-records.ts";
import { ACCESS_CLOSE_MS_MAX, SPANS_SENT_MAX, SPANS_WAITING_MAX, SPAN_PAUSE_MS, SPAN_RETRY_MS } from "./limits.ts";
import { RecordLosses } from "./record-losses.ts";
import type { OverConnection } from "./workload-span.ts";

/** Sends spans to a collector. Rejects when it has not taken them, after as many attempts as the protocol has. */
export type SendSpans = (over: readonly OverConnection[]) => Promise<void>;

/**
 * Sends a span of each workload connection that is over to a collector. Callers never wait: a bounded number of them is kept while a collector is slow or
 * away; beyond that they are lost and counted, and so are those of a request that has failed.
 *
 *     write ──▶ [waiting] ──a second, or a full request──▶ one request at a time ──▶ collector
 */
export class SpanExport implements AccessLog {
  readonly #endpoint: string;
  readonly #send: SendSpans;
  readonly #losses: RecordLosses;
  readonly #waiting: OverConnection[] = [];
  #isBusy = false;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the last request has failed. */
  #isFailing = false;
  #sent = 0;

  constructor(endpoint: string, send: SendSpans, log: Pick<Logger, "info" | "warn">) {
    this.#endpoint = endpoint;
    this.#send = send;
    this.#losses = new RecordLosses({
      log,
      to: { endpoint },
      begun: { code: "OTLP_TRACES_LOST", text: "spans are lost" },
      over: { code: "OTLP_TRACES_SENT", text: "spans are sent again" },
    });
  }

  write(record: AccessRecord): void {
    if (this.#waiting.length >= SPANS_WAITING_MAX) {
      this.#losses.add(1, "connections end faster than the collector takes their spans");
      return;
    }
    this.#waiting.push({ record, endedAt: Date.now(), unique: record.connection === null ? randomUUID() : "" });
    if (this.#waiting.length >= SPANS_SENT_MAX && !this.#isFailing) this.#turn();
    else this.#arm();
  }

  status(): OtlpTracesStatus {
    const { count: lost, problem } = this.#losses;
    return { endpoint: this.#endpoint, spans: this.#sent, lost, problem };
  }

  /** Sends the waiting spans, within the time that a process that ends may take. */
  async [Symbol.asyncDispose](): Promise<void> {
    const until = performance.now() + ACCESS_CLOSE_MS_MAX;
    while (performance.now() < until && (this.#isBusy || this.#waiting.length > 0)) {
      this.#turn();
      await sleep(5);
    }
    clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#isBusy || this.#timer !== undefined || this.#waiting.length === 0) return;
    const pauseMs = this.#waiting.length < SPANS_SENT_MAX ? SPAN_PAUSE_MS : 0;
    this.#timer = setTimeout(() => this.#turn(), this.#isFailing ? SPAN_RETRY_MS : pauseMs).unref();
  }

  #turn(): void {
    if (this.#isBusy) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const over = this.#waiting.splice(0, SPANS_SENT_MAX);
    if (over.length === 0) return;
    this.#isBusy = true;
    this.#send(over)
      .then(
        () => this.#handleSent(over.length),
        (error: unknown) => this.#handleFailed(over.length, error as Error),
      )
      .finally(() => {
        this.#isBusy = false;
        this.#arm();
      });
  }

  #handleSent(spans: number): void {
    this.#sent += spans;
    this.#isFailing = false;
    this.#losses.handleWell();
  }

  #handleFailed(spans: number, { message }: Error): void {
    this.#isFailing = true;
    this.#losses.add(spans, message);
  }
}
