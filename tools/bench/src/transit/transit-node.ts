import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Authority, issueIdentity, makeAuthority, writeIdentity } from "@florenetes/identity";
import { makeOwnFolder } from "../sweep.ts";

export const CLUSTER = "bench";
/** b's labels of its links; both links belong to `transit`. */
const LABELS = { a: 101, c: 102 } as const;
export const LABEL_TO_C: number = LABELS.c;

const ROOT = join(import.meta.dirname, "../../../..");
const IS_SOURCE = import.meta.filename.endsWith(".ts");

/** A folder with the sockets and configurations of processes that run on loopback; all of it ends with it. */
export class TransitGround implements AsyncDisposable {
  readonly folder: string = makeOwnFolder("transit");
  readonly #authority: Authority = makeAuthority({ cluster: CLUSTER }, new Date());
  readonly #children: ChildProcess[] = [];
  readonly #onExit = (): void => this.#end();
  /** What the processes said last, for when they do not work. */
  said = "";

  constructor() {
    process.once("exit", this.#onExit);
  }

  /** Path of a FlorIO socket: of a node's cluster vertex or link vertex. */
  socket(node: string, side: "cluster" | "link"): string {
    return join(this.folder, `${node}-${side}.sock`);
  }

  /** cluster-flor of b, which passes packets between its links to a and c. Returns its process id. */
  startClusterFlor(): number {
    const config = {
      cluster: CLUSTER,
      vertex: "b",
      portals: { link: { bind: this.socket("b", "cluster"), connect: this.socket("b", "link") } },
      state: this.#state("cluster-b"),
      admin: join(this.folder, "cluster-b.admin"),
      links: {
        a: { portal: "link", role: "acceptor", peer: "a", label: LABELS.a },
        c: { portal: "link", role: "acceptor", peer: "c", label: LABELS.c },
      },
      transit: [["a", "c"]],
    };
    return this.#start("cluster-flor", "cluster-b", config);
  }

  /** link-flor of a node on loopback. Returns its process id. */
  startLinkFlor(node: string, port: number): number {
    const identity = join(this.folder, `identity-${node}`);
    writeIdentity(identity, issueIdentity(this.#authority, { kind: "vertex", name: node }, new Date()));
    const section = {
      identity,
      listen: `udp://127.0.0.1:${port}`,
      bind: this.socket(node, "link"),
      connect: this.socket(node, "cluster"),
    };
    const name = `link-${node}`;
    const config = {
      state: this.#state(name),
      admin: join(this.folder, `${name}.admin`),
      clusters: { [CLUSTER]: section },
    };
    return this.#start("link-flor", name, config);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off("exit", this.#onExit);
    const living = this.#children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const ends = living.map((child) => once(child, "exit"));
    this.#end();
    await Promise.all(ends);
  }

  #end(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #state(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    return folder;
  }

  /** What is JSON is YAML, too. */
  #start(program: string, name: string, config: object): number {
    const file = join(this.folder, `${name}.yaml`);
    writeFileSync(file, JSON.stringify(config));
    const main = join(ROOT, "apps", program, IS_SOURCE ? "src/main.ts" : "dist/main.js");
    const conditions = IS_SOURCE ? ["--conditions=@florenetes/source"] : [];
    const child = spawn(process.execPath, [...conditions, main, "run", "--config", file], { stdio: "pipe" });
    this.#children.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes: Buffer) => (this.said = `${this.said}${bytes.toString()}`.slice(-2000)));
    }
    return child.pid!;
  }
}

/** A UDP port of loopback that nobody has now. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}
