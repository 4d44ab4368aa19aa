import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  FIRST_PACKET,
  type FlorioHandlers,
  type FlorioPort,
  nextPacket,
  openFlorioPort,
  packetEnd,
} from "@florenetes/florio";
import type { QuicEngine } from "@florenetes/quic";
import { nativeEngine } from "@florenetes/quic/native";
import { NativeDataPlane } from "../../../src/data-plane/native/drivers/native-data-plane.ts";
import type { CarriedConfig } from "../../../src/data-plane/data-plane.ts";
import type { OpenTransportPlane } from "../../../src/transport/data-plane/transport-plane.ts";
import { RealWorld } from "./real-world.ts";
import type { Carriage, CarriedVertex } from "./world.ts";

/** Real time over the native engine, whose data thread has the workloads and forwards. */
export class NativeWorld extends RealWorld {
  override readonly engine: QuicEngine = nativeEngine()!;

  async carry(vertex: CarriedVertex, config: CarriedConfig): Promise<Carriage> {
    const carriage = new NativeCarriage(vertex, config, this);
    await this.until(() => carriage.isConnected);
    return carriage;
  }
}

/** A vertex's data thread. Each link of the vertex goes over a port of its own, and the test has the far end of each port. */
class NativeCarriage implements Carriage {
  readonly plane: NativeDataPlane;
  readonly #vertex: CarriedVertex;
  readonly #folder = mkdtempSync(join(tmpdir(), "flor-plane-"));
  readonly #ports: FlorioPort[] = [];
  readonly #peers: FlorioPort[] = [];

  constructor(vertex: CarriedVertex, config: CarriedConfig, world: RealWorld) {
    this.#vertex = vertex;
    this.plane = new NativeDataPlane(config, world.drivers());
    for (const link of vertex.links.keys()) {
      const [bind, connect] = [join(this.#folder, `${link}.vertex`), join(this.#folder, `${link}.link`)];
      const handlers = {
        ...deaf,
        onData: (_: number, frame: Uint8Array): void => forEachPacket(frame, (packet) => vertex.send(link, packet)),
      };
      this.#ports.push(this.plane.openPort({ name: String(link), bind, connect }, deaf, link));
      this.#peers.push(openFlorioPort({ bind: connect, connect: bind, handlers }));
      this.handleLink(link);
    }
  }

  readonly openPlane: OpenTransportPlane = (host) => {
    return this.plane.openTransportPlane(host, { ...this.#vertex, onQuestion() {}, onGuessing() {} });
  };

  get isConnected(): boolean {
    return [...this.#ports, ...this.#peers].every((port) => port.isConnected);
  }

  sendPacket(link: number, packet: Uint8Array, start: number, end: number): boolean {
    return this.#ports[link]!.sendPacket(link + 1, packet, start, end);
  }

  handleFrame(link: number, frame: Uint8Array): void {
    const peer = this.#peers[link]!;
    forEachPacket(frame, (packet) => peer.sendPacket(link + 1, packet, 0, packet.length));
    peer.flush();
  }

  handleLink(link: number): void {
    const { isCut, isWritable, mtu, preferredMtu } = this.#vertex.links[link]!;
    const congestedClasses = isWritable ? 0 : 0xff;
    this.plane.setLink(link, { portal: link, handle: isCut ? 0 : link + 1, mtu, preferredMtu, congestedClasses });
  }

  silence(): void {
    for (const peer of this.#peers) peer.close();
  }

  close(): void {
    this.silence();
    for (const port of this.#ports) port.close();
    this.plane[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true });
  }
}

function forEachPacket(frame: Uint8Array, take: (packet: Uint8Array) => void): void {
  for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at))
    take(frame.subarray(at, packetEnd(frame, at)));
}

const deaf: FlorioHandlers = { onData() {}, onControl() {}, onConnected() {}, onDisconnected() {}, onWritable() {} };
