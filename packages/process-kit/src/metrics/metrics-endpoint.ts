import { isDeepStrictEqual } from "node:util";
import { formatStreamAddress, type MetricsListen } from "@florenetes/config-file";
import { fault, type Finding, OperatorError } from "@florenetes/operator-text";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { AdminText } from "../admin/admin-text.ts";
import { type DownPart, downPart, type ReloadRefusal, refusalsOf } from "../config/reload-outcome.ts";
import { SerialQueue } from "../config/serial-queue.ts";
import {
  type CertificateTerm,
  serverCertificateFindings,
  type ServerCertificateStatus,
  serverCertificateStatus,
  termOf,
} from "../filesystem/tls-files.ts";
import { METRICS_ANSWER_MS, METRICS_RETRY_MS_MAX, METRICS_RETRY_MS_MIN } from "../limits.ts";
import type { Logger } from "../logs/logger.ts";
import { type MetricsServer, openMetricsServer } from "./metrics-server.ts";
import { readMetricsTls } from "./metrics-tls.ts";

/** The TCP address at which metrics are told, in a program's status. */
export interface MetricsStatus {
  /** The address in the form of the config: `tcp://127.0.0.1:9464`. */
  readonly listen: string;
  readonly isEncrypted: boolean;
  /** The end of the certificate that clients are shown, and whether it has passed or is near; null: they are shown none. */
  readonly certificate: ServerCertificateStatus | null;
  /** Why nobody is answered there at present; null: whoever asks is answered. */
  readonly down: { readonly code: string; readonly text: string } | null;
}

export interface MetricsEndpointOptions {
  readonly time: Pick<ProcessTime, "now" | "wakeUps">;
  readonly log: Logger;
}

/**
 * Tells metrics at the TCP address of the config, if it names one. An address or a file that the machine does not let it have keeps
 * nothing else from running, and is tried again.
 */
export class MetricsEndpoint implements AsyncDisposable {
  readonly #options: MetricsEndpointOptions;
  readonly #timer: WakeUpTimer;
  readonly #turns = new SerialQueue();
  #answer: () => Promise<AdminText> = () => Promise.reject(new Error("metrics are asked for before there are any"));
  #config: MetricsListen | undefined;
  #server: MetricsServer | undefined;
  #term: CertificateTerm | undefined;
  #fault: OperatorError | undefined;
  #pauseMs = METRICS_RETRY_MS_MIN;
  #retryAt = Infinity;
  #isClosed = false;

  constructor(options: MetricsEndpointOptions) {
    this.#options = options;
    this.#timer = options.time.wakeUps.timer(() => void this.#turns.run(() => this.#handleTimeout()));
  }

  /** The address, as a part of the config that does not work. */
  get down(): readonly DownPart[] {
    return this.#fault === undefined ? [] : [downPart("metrics", this.#fault)];
  }

  status(): MetricsStatus | null {
    if (this.#config === undefined) return null;
    const listen = formatStreamAddress({ kind: "tcp", ...this.#config });
    const [down] = this.down;
    const isEncrypted = this.#config.tls !== undefined;
    const certificate = this.#term === undefined ? null : serverCertificateStatus(this.#term, Date.now());
    return { listen, isEncrypted, certificate, down: down === undefined ? null : { code: down.code, text: down.text } };
  }

  /** Listens where the first config says. */
  async start(config: MetricsListen | undefined, answer: () => Promise<AdminText>): Promise<void> {
    this.#answer = this.#shared(answer);
    await this.take(config);
  }

  /** Listens where the next config says, and reads the files of TLS again. Resolves with refusals of files: the former ones stay in use then. */
  take(config: MetricsListen | undefined): Promise<readonly ReloadRefusal[]> {
    return this.#turns.run(async () => {
      if (isDeepStrictEqual(config, this.#config)) return this.#reread();
      await this.#close();
      this.#config = config;
      this.#pauseMs = METRICS_RETRY_MS_MIN;
      await this.#open();
      return [];
    });
  }

  /** Reads the files of TLS again. Resolves with refusals: the former ones stay in use then. */
  reread(): Promise<readonly ReloadRefusal[]> {
    return this.#turns.run(() => this.#reread());
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer.close();
    return this.#turns.run(() => this.#close());
  }

  async #reread(): Promise<readonly ReloadRefusal[]> {
    if (this.#config?.tls === undefined || this.#server === undefined) {
      if (this.#fault !== undefined) await this.#open();
      return [];
    }
    try {
      const options = readMetricsTls(this.#config.tls);
      this.#server.setTls(options);
      this.#term = termOf(options);
      return [];
    } catch (error) {
      return refusalsOf(error);
    }
  }

  async #open(): Promise<void> {
    if (this.#config === undefined || this.#server !== undefined || this.#isClosed) return;
    const { log } = this.#options;
    const { host, port, tls } = this.#config;
    const listen = formatStreamAddress({ kind: "tcp", host, port });
    try {
      const options = tls === undefined ? undefined : readMetricsTls(tls);
      this.#server = await openMetricsServer({
        address: { host, port },
        tls: options,
        answer: () => this.#answer(),
        onError: (error) => log.error({ code: "METRICS_FAILED", err: error }, "an answer with metrics failed"),
      });
      this.#fault = undefined;
      this.#term = options && termOf(options);
      log.info({ code: "METRICS_LISTENING", listen, isEncrypted: tls !== undefined }, "metrics are told over TCP");
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      const isNews = this.#fault?.code !== error.code || this.#fault.message !== error.message;
      this.#fault = error;
      const text = `metrics are not told over TCP, and it is tried again: ${downPart("metrics", error).text}`;
      if (isNews) log.error({ code: "METRICS_DOWN", listen, reason: error.code }, text);
      this.#retryAt = this.#options.time.now() + this.#pauseMs;
      this.#pauseMs = Math.min(2 * this.#pauseMs, METRICS_RETRY_MS_MAX);
      this.#timer.set(this.#retryAt);
    }
  }

  async #handleTimeout(): Promise<void> {
    if (this.#fault === undefined) return;
    if (this.#options.time.now() < this.#retryAt) this.#timer.set(this.#retryAt);
    else await this.#open();
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#term = undefined;
    this.#fault = undefined;
    await server?.[Symbol.asyncDispose]();
  }

  /** Shares answers: each serves all who ask while it is made, and for a moment more. */
  #shared(make: () => Promise<AdminText>): () => Promise<AdminText> {
    const { now } = this.#options.time;
    let madeAt = -Infinity;
    let made: Promise<AdminText> | undefined;
    return () => {
      if (made !== undefined && now() - madeAt < METRICS_ANSWER_MS) return made;
      madeAt = now();
      const next = make();
      made = next;
      // A failure serves only those who wait for it.
      next.catch(() => (made = made === next ? undefined : made));
      return next;
    };
  }
}

/** Says why metrics are not told at their TCP address, or soon will not be believed. */
export function metricsFindings(status: MetricsStatus | null): readonly Finding[] {
  if (status === null) return [];
  const { listen, down, certificate } = status;
  if (down !== null)
    return [
      fault(`metrics are not told at ${listen} (${down.code}: ${down.text})`, "Mend it: it is tried again by itself."),
    ];
  return certificate === null ? [] : serverCertificateFindings(`the certificate of metrics at ${listen}`, certificate);
}
