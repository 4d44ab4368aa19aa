import type { ChildProcess, StdioOptions } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, openLab } from "@florenetes/meshlab";
import { expect, vi } from "vitest";

/** The services, all on d: where they listen there, and where a has the tunnel to each. */
export const services = {
  postgres: { target: 5432, tunnel: 18_001 },
  ssh: { target: 2222, tunnel: 18_002 },
  iperf: { target: 5201, tunnel: 18_003 },
  web: { target: 8080, tunnel: 18_004 },
  websocket: { target: 8081, tunnel: 18_005 },
  git: { target: 9418, tunnel: 18_006 },
  idle: { target: 9000, tunnel: 18_007 },
  answer: { target: 9001, tunnel: 18_008 },
  listen: { target: 9002, tunnel: 18_009 },
} as const;

/**
 * Four nodes in a row, with a service on d and a tunnel on a for each program of the tests. Clients run on a, servers on d, and
 * their files are in one folder that ends with it.
 */
export class ProgramMesh {
  #lab: Lab | undefined;
  #folder = "";

  get lab(): Lab {
    expect(this.#lab, "the mesh is open").toBeDefined();
    return this.#lab!;
  }

  get folder(): string {
    return this.#folder;
  }

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "flor-e2e-programs-"));
    await chmod(this.#folder, 0o755); // some servers run as users of their own
    this.#lab = await openLab(
      {
        cluster: "programs",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: Object.fromEntries(
          Object.entries(services).map(([name, { target }]) => [
            name,
            { node: "d", target: `tcp://127.0.0.1:${target}`, allow: ["user/alice"] },
          ]),
        ),
        tunnels: Object.entries(services).map(([service, { tunnel }]) => ({
          node: "a",
          listen: `tcp://127.0.0.1:${tunnel}`,
          as: "user/alice",
          service,
          path: ["a", "b", "c", "d"],
        })),
      },
      { mode: "netns" },
    );
    await this.#lab.up();
  }

  async close(): Promise<void> {
    await this.#lab?.down();
    if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true });
  }

  /** Runs a client on a to its end; returns what it printed. Fails the test when the client fails. */
  async run(
    argv: readonly string[],
    options: { readonly input?: string; readonly timeoutMs?: number } = {},
  ): Promise<string> {
    return this.#runOn("a", argv, options);
  }

  /** Runs a command on d to its end, to prepare a server. */
  async prepare(...argv: readonly string[]): Promise<string> {
    return this.#runOn("d", argv, {});
  }

  /** Starts a server on d and waits until it listens. It ends with the mesh. */
  async serve(
    port: number,
    argv: readonly string[],
    stdio: StdioOptions = ["ignore", "ignore", "pipe"],
  ): Promise<ChildProcess> {
    const server = this.lab.spawn("d", argv, { stdio });
    let said = "";
    server.stderr?.on("data", (bytes: Buffer) => (said = (said + bytes.toString()).slice(-2000)));
    const isListening = async (): Promise<boolean> => {
      if (server.exitCode !== null) throw new Error(`${argv.join(" ")} ended with ${server.exitCode}: ${said}`);
      return (await this.prepare("ss", "-ltnH", `sport = :${port}`)) !== "";
    };
    await vi.waitUntil(isListening, { timeout: 20_000, interval: 50 });
    return server;
  }

  async #runOn(
    node: string,
    argv: readonly string[],
    { input = "", timeoutMs = 60_000 }: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<string> {
    const { code, signal, stdout, stderr } = await this.lab.exec(node, argv, { input, timeoutMs });
    expect({ code, signal }, `${argv.join(" ")}: ${(stderr || stdout).slice(-2000)}`).toEqual({
      code: 0,
      signal: null,
    });
    return stdout;
  }
}
