import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

interface Request {
  readonly beganAt: number;
  /** How long the request took; Infinity: it failed. */
  readonly tookMs: number;
}

/** The service that honest requests had in a span of time. */
export interface Honest {
  readonly requests: number;
  readonly failed: number;
  /** The 99th percentile; Infinity when more than one request in a hundred failed; undefined without requests. */
  readonly p99Ms: number | undefined;
}

/** Requests that an honest client makes all the time. */
export class HonestClient {
  readonly #child: ChildProcess;
  readonly #requests: Request[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const [beganAt, tookMs] = line.split(" ").map(Number) as [number, number];
      this.#requests.push({ beganAt, tookMs: tookMs < 0 ? Infinity : tookMs });
    });
  }

  get succeeded(): number {
    return this.#requests.filter(({ tookMs }) => tookMs < Infinity).length;
  }

  /** Sums up the requests that began between two times, by `now`, and are over. */
  between(start: number, end: number): Honest {
    const times = this.#requests
      .filter(({ beganAt }) => beganAt >= start && beganAt < end)
      .map(({ tookMs }) => tookMs)
      .sort((left, right) => left - right);
    return {
      requests: times.length,
      failed: times.filter((time) => time === Infinity).length,
      p99Ms: times[Math.min(times.length - 1, Math.floor(times.length * 0.99))],
    };
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}
