/** The place of a node's agent, its key and its vertex, in the hands of an attacker: it speaks feed and mail with true agents, and keeps no rule. */
import { createPrivateKey, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  connectSession,
  openSession,
  type WorkloadSession,
  type WorkloadStream,
} from "@florenetes/data-session/workload";
import { type SigningKey, signingKeyOf } from "@florenetes/facts/authoring";
import { type Beacon, type Mail, type Message, MessageReader, writeMessage } from "@florenetes/feed";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";

const TAKEN_MS_MAX = 1_000;
const AGAIN_MS = 500;
const NO_DATABASE = "00".repeat(16);

export interface StolenAgentOptions {
  /** A beacon or mail that a neighbour has brought. */
  readonly onPost?: (message: Beacon | Mail, peer: string) => void;
  /** A neighbour begins to read here: it takes what is written to it. */
  readonly onServed?: (peer: string) => void;
}

/** A mesh with agents, one of which an attacker takes. */
export type RobbedMesh = Pick<Ground, "lab" | "fabric" | "handleStolen">;

export class StolenAgent implements AsyncDisposable {
  readonly node: string;
  readonly cluster: string;
  readonly key: SigningKey;
  /** Octets that were written to neighbours, and messages. */
  readonly sent: { messages: number; octets: number } = { messages: 0, octets: 0 };
  /** The newest beacon of each reader. */
  readonly beacons: Map<string, Beacon> = new Map();
  readonly #options: StolenAgentOptions;
  readonly #sessions: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Streams over which neighbours read here, by their names. */
  readonly #readers = new Map<string, WorkloadStream>();
  /** Streams over which this agent reads at neighbours. */
  readonly #sources = new Map<string, WorkloadStream>();
  #session: WorkloadSession | undefined;
  #isOver = false;

  private constructor(node: string, cluster: string, folder: string, options: StolenAgentOptions) {
    this.node = node;
    this.cluster = cluster;
    this.#options = options;
    this.#sessions = join(folder, "fabric-sessions.sock");
    this.key = readKey(node, folder);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      const onStream = (stream: WorkloadStream): void => this.#serve(stream);
      openSession(socket, { name: "hostile", onStream, takesControl: true }).catch(() => socket.destroy());
    });
  }

  /** Ends the agent of a node, and takes its place. */
  static async take(mesh: RobbedMesh, node: string, options: StolenAgentOptions = {}): Promise<StolenAgent> {
    const fabric = mesh.fabric!;
    mesh.handleStolen(node);
    await fabric.kill(node);
    const folder = dirname(fabric.configFile(node));
    const stolen = new StolenAgent(node, mesh.lab.mesh.cluster, folder, options);
    const listen = join(folder, "fabric-agent.sock");
    rmSync(listen, { force: true });
    stolen.#server.listen(listen);
    await once(stolen.#server, "listening");
    return stolen;
  }

  /** Reads at a neighbour, as any agent does: so it brings beacons, and answers. A stream that ends, as the neighbour was away, is opened again. */
  async readAt(peer: string): Promise<void> {
    this.#session ??= await connectSession(this.#sessions, { name: "hostile" });
    const stream = await this.#session.open(peer, { class: "control" });
    this.#sources.set(peer, stream);
    stream.on("error", () => undefined);
    stream.once("close", () => void this.#readAgain(peer));
    stream.write(this.#hello());
    this.#listen(stream, (message) => {
      if (message.kind === "have") stream.write(writeMessage({ kind: "want", ids: [] }));
      if (message.kind === "beacon") this.beacons.set(message.node, message);
      if (message.kind === "beacon" || message.kind === "mail") this.#options.onPost?.(message, peer);
    });
  }

  /** Takes nothing more of what a neighbour brings: its answers wait there. */
  deafen(peer: string): void {
    this.#sources.get(peer)?.pause();
  }

  /** The beacon of a reader, as soon as it is heard. @throws Error when it never is */
  async beaconOf(reader: string): Promise<Beacon> {
    if (!(await eventually(async () => this.beacons.has(reader)))) throw new Error(`no beacon of ${reader} comes`);
    return this.beacons.get(reader)!;
  }

  /** Waits until a neighbour reads here. @throws Error when it never does */
  async untilReadBy(peer: string): Promise<void> {
    if (!(await eventually(async () => this.#readers.has(peer))))
      throw new Error(`the agent of ${peer} does not read here`);
  }

  /** Writes a message to a neighbour that reads here; false: its stream takes no more for now, or is gone. */
  write(peer: string, message: Message): boolean {
    const stream = this.#readers.get(peer);
    if (stream === undefined || stream.destroyed) return false;
    const octets = writeMessage(message);
    this.sent.messages++;
    this.sent.octets += octets.length;
    return stream.write(octets);
  }

  /** Waits until a neighbour takes more, for a second at the most. */
  async untilTaken(peer: string): Promise<void> {
    const stream = this.#readers.get(peer);
    if (stream?.writableNeedDrain !== true) return;
    await once(stream, "drain", { signal: AbortSignal.timeout(TAKEN_MS_MAX) }).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#session?.close();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  async #readAgain(peer: string): Promise<void> {
    this.#sources.delete(peer);
    while (!this.#isOver && !this.#sources.has(peer)) {
      await sleep(AGAIN_MS);
      if (!this.#isOver) await this.readAt(peer).catch(() => undefined);
    }
  }

  #serve(stream: WorkloadStream): void {
    const peer = stream.caller.replace(/^service\/fabric\./, "");
    stream.on("error", () => undefined);
    stream.answer();
    stream.write(this.#hello());
    this.#readers.set(peer, stream);
    stream.once("close", () => {
      if (this.#readers.get(peer) === stream) this.#readers.delete(peer);
    });
    stream.resume();
    this.#options.onServed?.(peer);
  }

  #listen(stream: WorkloadStream, take: (message: Message) => void): void {
    const reader = new MessageReader();
    stream.on("data", (bytes: Buffer) => {
      reader.feed(bytes);
      for (let next = reader.next(); next !== undefined; next = reader.next()) if (next.message) take(next.message);
    });
  }

  #hello(): Uint8Array {
    const identity = { node: this.node, databaseId: randomBytes(16).toString("hex"), time: Date.now(), seen: "" };
    const cursors = ["entry", "public"].map((section) => ({ section, sequence: 0 }));
    const versions = { lowestVersion: 1, highestVersion: 3 };
    return writeMessage({ kind: "hello", ...versions, ...identity, cursorsOf: NO_DATABASE, cursors });
  }
}

/** The key of a node whose agent goes on: the attacker has a copy. */
export function keyOfNode({ fabric }: Pick<RobbedMesh, "fabric">, node: string): SigningKey {
  return readKey(node, dirname(fabric!.configFile(node)));
}

function readKey(node: string, folder: string): SigningKey {
  return signingKeyOf(node, createPrivateKey(readFileSync(join(folder, "fabric-state", "node-key.pem"))));
}
