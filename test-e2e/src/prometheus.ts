/** Debian's Prometheus, which scrapes processes of a lab. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { PATIENCE_MS } from "./patience.ts";

/** A job of Prometheus' own `scrape_configs`, without its name. */
export interface ScrapeJob {
  readonly ports: readonly number[];
  readonly settings?: object;
}

export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface AlertState {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

export class Prometheus implements AsyncDisposable {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #url: string;
  #output = "";

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#url = `http://127.0.0.1:${port}`;
    const flags = {
      "config.file": join(folder, "prometheus.yml"),
      "storage.tsdb.path": join(folder, "data"),
      "web.listen-address": `127.0.0.1:${port}`,
    };
    const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.#child = spawn("prometheus", argv, { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr!.on("data", (text: Buffer) => (this.#output += text.toString()));
  }

  /** Starts a Prometheus that scrapes these jobs twice in a second, and judges by these rules as often. */
  static async start(jobs: Readonly<Record<string, ScrapeJob>>, rules: readonly string[] = []): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), "florenetes-prometheus-"));
    const scrapes = Object.entries(jobs).map(([name, { ports, settings }]) => ({
      job_name: name,
      ...settings,
      static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }],
    }));
    const config = {
      global: { scrape_interval: "500ms", scrape_timeout: "500ms", evaluation_interval: "500ms" },
      rule_files: rules,
      scrape_configs: scrapes,
    };
    // JSON is YAML, too.
    writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
    const prometheus = new Prometheus(folder, await freePort());
    try {
      await prometheus.#untilReady();
      return prometheus;
    } catch (error) {
      await prometheus[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Evaluates a query as of now. Rejects where Prometheus does not understand it. */
  async query(expression: string): Promise<readonly QueryResult[]> {
    const query = new URLSearchParams({ query: expression }).toString();
    const { result } = (await this.#ask(`/api/v1/query?${query}`)) as { readonly result: readonly QueryResult[] };
    return result;
  }

  /** The alerts that wait or fire. */
  async alerts(): Promise<readonly AlertState[]> {
    return ((await this.#ask("/api/v1/alerts")) as { readonly alerts: readonly AlertState[] }).alerts;
  }

  /** The last mistake of each target, "" where there was none. */
  async mistakes(): Promise<readonly string[]> {
    const { activeTargets } = (await this.#ask("/api/v1/targets")) as {
      readonly activeTargets: readonly { readonly lastError: string }[];
    };
    return activeTargets.map(({ lastError }) => lastError);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
      if (answer?.ok === true) return;
      if (this.#child.exitCode !== null || performance.now() > deadline)
        throw new Error(`Prometheus does not start: ${this.#output}`);
      await sleep(50);
    }
  }

  async #ask(route: string): Promise<unknown> {
    const answer = await fetch(`${this.#url}${route}`);
    const { data, error } = (await answer.json()) as { readonly data: unknown; readonly error?: string };
    if (error !== undefined) throw new Error(`${decodeURIComponent(route)}: ${error}`);
    return data;
  }
}

/** Runs promtool with these words and this input; returns its exit code, and all that it says. */
export function promtool(argv: readonly string[], input = ""): { readonly code: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync("promtool", argv, { input, encoding: "utf8" });
  return { code: status, text: `${stdout}${stderr}` };
}
