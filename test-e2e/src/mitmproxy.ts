/** Debian's mitmproxy before a server, in the place of somebody who stands between that and a browser, and puts one word in the place of another. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { freePort } from "./free-port.ts";
import { areInstalled } from "./installed.ts";
import { PATIENCE } from "./patience.ts";

const MITMDUMP = "mitmdump";
const ADDON = join(import.meta.dirname, "attackers/mitm_words.py");

/** Whether mitmproxy is here, which is large, so that CI does not install it. Otherwise says which tests are left out. */
export function hasMitmproxy(tests: string): boolean {
  return areInstalled(tests, MITMDUMP);
}

export interface ChangedWord {
  readonly from: string;
  /** A word of the same length. */
  readonly to: string;
}

export class Mitmproxy implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #seen: string;

  private constructor(child: ChildProcess, port: number, seen: string) {
    this.#child = child;
    this.port = port;
    this.#seen = seen;
  }

  /**
   * Starts it before a server, and waits until it takes connections.
   *
   * @param target The server's address, with its scheme: that of the proxy is the same
   * @param folder A folder of its own, for its CA and what it has seen
   */
  static async start(target: string, folder: string, { from, to }: ChangedWord): Promise<Mitmproxy> {
    const port = await freePort();
    const seen = join(folder, "seen");
    const options = [
      `confdir=${folder}`,
      "ssl_insecure=true",
      "request_client_cert=true",
      "keep_host_header=true",
      "flow_detail=0",
    ];
    const argv = ["--listen-host", "127.0.0.1", "--listen-port", String(port), "--mode", `reverse:${target}`];
    const child = spawn(MITMDUMP, [...argv, ...options.flatMap((option) => ["--set", option]), "--scripts", ADDON], {
      stdio: "ignore",
      env: { ...process.env, MITM_OLD: from, MITM_NEW: to, MITM_SEEN: seen },
    });
    const started = new Mitmproxy(child, port, seen);
    await vi.waitFor(() => started.#connect(), PATIENCE);
    return started;
  }

  /** All answers that have passed. */
  get seen(): string {
    return readFileSync(this.#seen, "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const end = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await end;
  }

  async #connect(): Promise<void> {
    expect(this.#child.exitCode).toBeNull();
    const socket = connect(this.port, "127.0.0.1");
    try {
      await once(socket, "connect");
    } finally {
      socket.destroy();
    }
  }
}
