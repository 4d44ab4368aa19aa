import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ReloadOutcome, requestAdmin } from "@florenetes/process-kit";
import { untilReady } from "@florenetes/process-kit/testing";
import type { LinkFlorStatus } from "../../src/admin/link-status.ts";
import { type ClusterSetting, type LinkSettings, TestedLink } from "../data-plane/conformance/tested-link.ts";

const bundles = process.env["FLORENETES_BUNDLES"];
/** The bundle that vitest.programs.ts has made, or the sources. */
const main =
  bundles === undefined
    ? fileURLToPath(new URL("../../src/main.ts", import.meta.url))
    : join(bundles, "link-flor", "main.js");

/** A real link-flor process. */
export class LinkProcess extends TestedLink {
  stderr = "";
  #child: ChildProcess | undefined;

  static start(clusters: readonly ClusterSetting[], settings: LinkSettings = {}): Promise<LinkProcess> {
    return new LinkProcess(clusters, settings).startFirst();
  }

  get child(): ChildProcess {
    return this.#child!;
  }

  /** Starts the process (again), and waits until it says that it is ready. */
  async start(): Promise<void> {
    const child = spawn(
      process.execPath,
      ["--conditions=@florenetes/source", main, "run", "--config", this.configFile],
      {
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    this.#child = child;
    child.stderr.on("data", (text) => (this.stderr += String(text)));
    await untilReady(child, this.log, () => this.stderr);
  }

  async status(): Promise<LinkFlorStatus> {
    return (await requestAdmin(join(this.directory, "admin.sock"), "/status", { timeoutMs: 60_000 })) as LinkFlorStatus;
  }

  /** Asks at the control socket. */
  control(route: string, body?: string): Promise<unknown> {
    const method = body === undefined && route === "/config" ? "GET" : "POST";
    const path = join(this.directory, "admin-control.sock");
    return requestAdmin(path, route, { method, timeoutMs: 60_000, ...(body !== undefined && { body }) });
  }

  async takeFile(): Promise<ReloadOutcome> {
    return (await this.control("/reload")) as ReloadOutcome;
  }

  hangUp(): void {
    this.#child!.kill("SIGHUP");
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    child.removeAllListeners("close");
    child.kill(signal);
    await once(child, "exit");
    return child.exitCode;
  }

  protected end(): Promise<unknown> {
    return this.stop("SIGKILL");
  }
}
