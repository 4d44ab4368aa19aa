import { rmSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";
import type { Bench } from "../bench/bench.ts";
import { Place } from "../bench/place.ts";
import { type VertexCommand, VertexProcess } from "../bench/vertex-process.ts";
import { START_MS_MAX } from "../limits.ts";
import { LinkSide, type Told } from "./link-side.ts";
import { passing, payloadOf } from "../bench/mesh-packets.ts";
import {
  addNode,
  type ClusterConfig,
  configOf,
  LINKS,
  type LinkName,
  type NodeFiles,
  type Settings,
  writeFiles,
} from "./node-config.ts";

const PACKET_SIZE = 200;
const RESEND_MS = 100;

/** The cluster vertex that is put on a bench. */
export interface ClusterSubject {
  readonly command: VertexCommand;
  readonly settings: Settings;
}

/** The cluster of a bench: that of the vectors of certificates. */
export const CLUSTER = "demo";

/**
 * The cluster vertex that is judged runs as one process with two portals, and a played link vertex is at each:
 *
 *     link b ┐
 *            ├─ link side one ── FlorIO ── cluster vertex a ── FlorIO ── link side two ── link d
 *     link c ┘
 */
export class ClusterBench implements Bench {
  readonly place: Place;
  readonly files: NodeFiles;
  readonly vertex: VertexProcess;
  readonly one: LinkSide;
  readonly two: LinkSide;
  readonly #subject: ClusterSubject;
  /** Further processes of checks. */
  readonly #others: VertexProcess[] = [];
  /** Whether the config or other files have been changed. */
  #isChanged = true;

  private constructor(place: Place, subject: ClusterSubject) {
    this.place = place;
    this.#subject = subject;
    this.files = addNode(place);
    const { folder, config, portals } = this.files;
    this.vertex = new VertexProcess(subject.command, folder, config);
    this.one = new LinkSide("one", this.vertex, { bind: portals.one.connect, connect: portals.one.bind });
    this.two = new LinkSide("two", this.vertex, { bind: portals.two.connect, connect: portals.two.bind });
  }

  static async open(subject: ClusterSubject): Promise<ClusterBench> {
    return new ClusterBench(new Place(CLUSTER), subject);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const vertex of [...this.#others, this.vertex]) if ((await vertex.stop()) === undefined) await vertex.kill();
    for (const side of this.sides) side.closeSocket();
    this.place[Symbol.dispose]();
  }

  get sides(): readonly LinkSide[] {
    return [this.one, this.two];
  }

  /** The config at the beginning of a check. */
  get config(): ClusterConfig {
    return configOf(this.files, CLUSTER, this.#subject.settings);
  }

  sideOf(name: LinkName): LinkSide {
    return this[LINKS[name].portal];
  }

  /** Makes the process run with its original config, and both link vertices begin another life. Ends when all links are wished for. */
  async restore(): Promise<void> {
    this.vertex.go();
    if (this.#isChanged) {
      await this.stop();
      this.place.emptyFolder(this.files.trust);
      this.place.emptyFolder(this.files.state);
      writeFiles(this.files, this.place, this.config);
      this.#isChanged = false;
    }
    for (const side of this.sides) side.begin();
    if (!this.vertex.isRunning) this.vertex.start();
    for (const side of this.sides) await side.until("its FlorIO socket", () => side.isConnected, START_MS_MAX);
    for (const name of Object.keys(LINKS) as LinkName[]) await this.sideOf(name).untilWished(LINKS[name]);
  }

  /** Has the files made anew after this check. */
  willReset(): void {
    this.#isChanged = true;
  }

  /** Starts the process anew with another config. */
  async restartWith(config: Settings): Promise<void> {
    this.write(config);
    await this.stop();
    this.begin();
    this.vertex.start();
  }

  /** Writes another config over the process's own. */
  write(config: Settings): void {
    this.willReset();
    writeFileSync(this.files.config, stringify(config));
  }

  /** Makes both link vertices begin another life. */
  begin(): void {
    for (const side of this.sides) side.begin();
  }

  /** Ends the process, and forgets its last messages. */
  async stop(): Promise<void> {
    if ((await this.vertex.stop()) === undefined) await this.vertex.kill();
    for (const side of this.sides) side.closeSocket();
    for (const { bind } of Object.values(this.files.portals)) rmSync(bind, { force: true });
  }

  /** Another process, with the same config or another one. @param folder the folder in which it runs */
  anotherVertex(config: string = this.files.config, folder: string = this.files.folder): VertexProcess {
    const vertex = new VertexProcess(this.#subject.command, folder, config);
    this.#others.push(vertex);
    return vertex;
  }

  /** Tells the vertex that links are up, and waits until it knows. */
  async bringUp(...names: readonly LinkName[]): Promise<void> {
    await Promise.all(names.map((name) => this.sideOf(name).bringUp(LINKS[name])));
  }

  /** The last state that was told of a link. */
  told(name: LinkName): Told | undefined {
    const { peer, tag } = LINKS[name];
    return this.sideOf(name).states.get(`${peer} ${tag}`);
  }

  handle(name: LinkName): number {
    return this.told(name)?.status.handle ?? 0;
  }

  /** A packet that is to go out by a label. */
  packet(label: number): Buffer {
    return passing(label, PACKET_SIZE);
  }

  /** Sends packets in one frame, as if they came in on one link and were to go out on another. */
  send(from: LinkName, to: LinkName, ...sizes: readonly number[]): Buffer[] {
    const packets = sizes.map((size) => passing(LINKS[to].label, size));
    this.sideOf(from).sendPackets(this.handle(from), ...packets);
    return packets;
  }

  /** Whether a packet has gone out on a link. */
  hasPassed(packet: Uint8Array, to: LinkName, handle: number = this.handle(to)): boolean {
    const payload = payloadOf(packet);
    return this.sideOf(to).packets.some((heard) => heard.handle === handle && payload.equals(payloadOf(heard.packet)));
  }

  /** Waits until packets pass from one link to another, and none is still on its way. */
  async carries(from: LinkName = "b", to: LinkName = "c", size: number = PACKET_SIZE): Promise<void> {
    let last: Buffer | undefined;
    let sentAt = -Infinity;
    await this.sideOf(to).until(`a packet from link ${from} on link ${to}`, () => {
      if (last !== undefined && this.hasPassed(last, to)) return true;
      if (performance.now() - sentAt < RESEND_MS) return false;
      [last] = this.send(from, to, size);
      sentAt = performance.now();
      return false;
    });
  }
}
