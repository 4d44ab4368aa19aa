import type { ChildProcess, StdioOptions } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Lab, openLab, type VertexCommand } from "@florenetes/meshlab";
import { expect, vi } from "vitest";
import { PATIENCE, PATIENCE_MS } from "../patience.ts";

/** A program with its services. */
export interface Serving {
  /** The services by name: where d has each of them, and where a has the tunnel to it; `folder` is the mesh's. */
  services(folder: string): Readonly<Record<string, ServiceAddresses>>;
}

export interface ServiceAddresses {
  readonly target: string;
  readonly listen: string;
  /** "off": the server takes a single connection, which a health check would use up. */
  readonly "health-check"?: "off";
}

/** The links between a and d. */
export interface Connected {
  readonly nodes: MeshFileInput["nodes"];
  readonly links: MeshFileInput["links"];
  readonly linkVertices?: Readonly<Record<string, VertexCommand>>;
  readonly pathTo: (program: Serving) => readonly string[];
}

/** How long a program's connection waits for its path: longer than a first handshake over a slow line takes on a busy machine. */
const CONNECT_WAIT = `${PATIENCE_MS / 1_000}s`;
const PATH = ["a", "b", "c", "d"];
/** Three links of link-flor's. */
const IN_A_ROW: Connected = {
  nodes: { a: {}, b: {}, c: {}, d: {} },
  links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
  pathTo: () => PATH,
};

/**
 * Four nodes, with the services of programs on d and the tunnels to them on a. Clients run on a, servers on d. All their files are
 * in one folder that is removed with the mesh.
 */
export class ProgramMesh {
  readonly #programs: readonly Serving[];
  #lab: Lab | undefined;
  #folder = "";

  constructor(programs: readonly Serving[]) {
    this.#programs = programs;
  }

  get lab(): Lab {
    expect(this.#lab, "the mesh is open").toBeDefined();
    return this.#lab!;
  }

  get folder(): string {
    return this.#folder;
  }

  async open({ nodes, links, linkVertices = {}, pathTo }: Connected = IN_A_ROW): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "flor-e2e-programs-"));
    await chmod(this.#folder, 0o755); // some servers run as users of their own
    const services: NonNullable<MeshFileInput["services"]> = {};
    const tunnels: NonNullable<MeshFileInput["tunnels"]>[number][] = [];
    for (const program of this.#programs) {
      for (const [name, { listen, ...service }] of Object.entries(program.services(this.#folder))) {
        for (const address of [service.target, listen].filter((each) => each.startsWith("unix:")))
          await mkdir(dirname(address.slice("unix:".length)));
        services[name] = { node: "d", ...service, allow: ["user/alice"] };
        const path = [...pathTo(program)];
        tunnels.push({ node: "a", listen, as: "user/alice", service: name, path, "connect-wait": CONNECT_WAIT });
      }
    }
    this.#lab = await openLab(
      { cluster: "programs", nodes, links, services, tunnels },
      { mode: "netns", linkVertices },
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
