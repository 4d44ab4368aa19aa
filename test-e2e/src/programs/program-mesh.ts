import type { ChildProcess, StdioOptions } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, openLab } from "@florenetes/meshlab";
import { expect, vi } from "vitest";
import { PATIENCE, PATIENCE_MS } from "../patience.ts";

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
  late: { target: 9003, tunnel: 18_010 },
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

  /** PostgreSQL's unix socket at one end, by the name that its clients look for. */
  socketPath(side: "target" | "tunnel"): string {
    return join(this.#folder, side, `.s.PGSQL.${services.postgres.target}`);
  }

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "flor-e2e-programs-"));
    await chmod(this.#folder, 0o755); // some servers run as users of their own
    for (const side of ["target", "tunnel"]) await mkdir(join(this.#folder, side));
    const addresses = this.#addresses();
    this.#lab = await openLab(
      {
        cluster: "programs",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: Object.fromEntries(
          addresses.map(({ service, target }) => [service, { node: "d", target, allow: ["user/alice"] }]),
        ),
        tunnels: addresses.map(({ service, listen }) => ({
          node: "a",
          listen,
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

  /** How many workload connections each end of the path still has. */
  async openStreams(): Promise<readonly (number | undefined)[]> {
    const statuses = await Promise.all(["a", "d"].map((node) => this.lab.status(node)));
    return statuses.map(({ clusterFlor }) =>
      clusterFlor?.connections.reduce((sum, { streamsOpen }) => sum + streamsOpen, 0),
    );
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
    await vi.waitUntil(isListening, PATIENCE);
    return server;
  }

  #addresses(): readonly { readonly service: string; readonly target: string; readonly listen: string }[] {
    const tcp = Object.entries(services).map(([service, { target, tunnel }]) => ({
      service,
      // By its name a host has several addresses, and not every server listens on each of them.
      target: `tcp://${service === "git" ? "localhost" : "127.0.0.1"}:${target}`,
      listen: `tcp://127.0.0.1:${tunnel}`,
    }));
    const socket = { target: `unix:${this.socketPath("target")}`, listen: `unix:${this.socketPath("tunnel")}` };
    return [...tcp, { service: "postgres-socket", ...socket }];
  }

  async #runOn(
    node: string,
    argv: readonly string[],
    { input = "", timeoutMs = PATIENCE_MS }: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<string> {
    const { code, signal, stdout, stderr } = await this.lab.exec(node, argv, { input, timeoutMs });
    expect({ code, signal }, `${argv.join(" ")}: ${(stderr || stdout).slice(-2000)}`).toEqual({
      code: 0,
      signal: null,
    });
    return stdout;
  }
}
