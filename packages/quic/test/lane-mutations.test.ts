/**
 * The owner of link-flor's data thread gives it whatever orders there are, with any bytes and any numbers: the process lives, each call returns
 * or throws, the thread goes on and what it tells can be read. `npm run fuzz` goes on for as long as it is told.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NativeLane, openDataPlane, readLaneEvents } from "@florenetes/data-plane";
import { Random } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Pair } from "../src/conformance/index.ts";
import { nativeConnectionOf } from "../src/native/native-connection.ts";
import { nativeContext } from "./native-context.ts";

const SECONDS = Number(process.env["FLORENETES_SOAK"] ?? 0);
const SEED = Number(process.env["FLORENETES_SEED"] ?? 1);
const LANES = 20;
const ORDERS = 400;
const CLUSTERS = 3;
const SESSIONS = 6;

const plane = openDataPlane();
const folder = mkdtempSync(join(tmpdir(), "florenetes-orders-"));
/** Numbers that no owner should say, beside those that mean something. */
const ODD_NUMBERS = [-1, 0.5, 255, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, Infinity, NaN];
const SIZES = [0, 1, 15, 16, 17, 128, 1_200, 1_452, 16_383, 16_384, 65_000, 70_000];
const ODD_HOSTS = ["", "x", "256.0.0.1", "127.0.0.1%1", "::1%4294967296", "fe80::1", "0.0.0.0", "\0", "127.0.0.1\n"];

/** A port that nobody else listens at. */
let sink: Socket;

beforeAll(async () => {
  sink = createSocket("udp4").bind(0, "127.0.0.1");
  await once(sink, "listening");
});
afterAll(() => {
  sink.close();
  rmSync(folder, { recursive: true });
});

class Orders {
  readonly #random: Random;
  readonly #lane: NativeLane;

  constructor(random: Random, lane: NativeLane) {
    this.#random = random;
    this.#lane = lane;
  }

  /** Gives one. The lane may refuse what it is given by an error. */
  give(): void {
    const [random, lane] = [this.#random, this.#lane];
    const orders = [
      () =>
        lane.openUdp(
          this.#cluster(),
          random.pick(["127.0.0.1", "::1", ...ODD_HOSTS.filter((host) => host !== "0.0.0.0")]),
          0,
        ),
      () => lane.openPort(this.#cluster(), this.#path(), this.#path()),
      () => lane.closeUdp(this.#cluster()),
      () => lane.closePort(this.#cluster()),
      () => lane.sendDatagram(this.#cluster(), ...this.#address(), this.#bytes()),
      () => lane.handleDatagram(this.#cluster(), ...this.#address(), this.#bytes()),
      () => lane.sendMessage(this.#cluster(), this.#bytes()),
      () => lane.sendPacket(this.#cluster(), this.#number(), this.#bytes()),
      () => this.#adopt(),
      () => lane.setRoute(this.#cluster(), this.#number(), this.#session()),
      () => lane.removeRoute(this.#cluster(), this.#number()),
      () => lane.setHandle(this.#session(), this.#number()),
      () => lane.setAddress(this.#session(), ...this.#address()),
      () => lane.addCopies(this.#session(), ...this.#address(), this.#number()),
      () => lane.sendStream(this.#session(), this.#bytes()),
      () => lane.repeatMessage(this.#cluster(), this.#bytes(), this.#number()),
      () => lane.setKnownMessage(this.#cluster(), this.#bytes()),
      () => lane.sendProbe(this.#session(), this.#bytes()),
      () => lane.ping(this.#session()),
      () => lane.closeSession(this.#session(), this.#number(), random.pick(["", "over", "x".repeat(100_000)])),
      () => lane.openTransit(this.#cluster(), this.#number(), this.#number(), this.#number()),
      () =>
        lane.setTransitLink(
          this.#cluster(),
          this.#number(),
          this.#number(),
          random.below(17_000),
          random.below(17_000),
        ),
      () => lane.beginTransit(this.#cluster(), random.below(5), random.below(30), this.#number(), this.#number()),
      () => lane.changeTransit(this.#cluster(), random.below(5), random.below(10), this.#changes()),
      () => lane.dropTransit(this.#cluster(), random.below(5)),
      () => lane.tellTransit(this.#cluster(), random.below(5), random.below(3), this.#number()),
      () => lane.flush(),
      () => lane.figures(this.#cluster()),
    ];
    try {
      random.pick(orders)();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }

  /** A connection that is up, one that is not, or one that was given away before. */
  #adopt(): void {
    const random = this.#random;
    const { credentials, engine } = nativeContext(1)!;
    const pair = new Pair({ credentials, engine, now: () => 0, sleep: async () => {} });
    if (random.chance(0.8)) pair.settle();
    const native = nativeConnectionOf(random.chance(0.5) || !pair.hasServer ? pair.client : pair.server)!;
    const [host, port] = this.#address();
    const adoption = {
      session: this.#session(),
      cluster: this.#cluster(),
      ownId: new Uint8Array(random.chance(0.9) ? 8 : random.pick(SIZES)).fill(random.below(4)),
      host,
      port,
      isOriginator: random.chance(0.5),
      payload: random.chance(0.5) ? 1_452 : this.#number(),
      probeKey: new Uint8Array(random.chance(0.9) ? 16 : random.pick(SIZES)),
      deadAfterMs: random.chance(0.5) ? 3_000 : this.#number(),
    };
    this.#lane.adopt(adoption, native).read();
    if (random.chance(0.2)) this.#lane.adopt(adoption, native);
  }

  /** Changes of a label table, some of which make sense, and perhaps a part of one. */
  #changes(): Uint32Array {
    const random = this.#random;
    const small = (): number => (random.chance(0.95) ? random.below(24) : random.below(2 ** 32));
    const numbers = Array.from({ length: 5 * random.below(20) + random.below(2) }, small);
    return Uint32Array.from(numbers, (number, at) => (at % 5 === 0 ? random.below(8) : number));
  }

  #cluster(): number {
    return this.#random.chance(0.9) ? this.#random.below(CLUSTERS) : this.#number();
  }

  #session(): number {
    return this.#random.chance(0.9) ? 1 + this.#random.below(SESSIONS) : this.#number();
  }

  #number(): number {
    return this.#random.chance(0.5) ? this.#random.below(10) : this.#random.pick(ODD_NUMBERS);
  }

  #bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#random.pick(SIZES));
    for (let at = 0; at < Math.min(bytes.length, 32); at++) bytes[at] = this.#random.below(256);
    return bytes;
  }

  /** Nothing leaves this machine, nor reaches anybody else on it. */
  #address(): [string, number] {
    const { port } = sink.address();
    return [this.#random.chance(0.8) ? "127.0.0.1" : this.#random.pick(ODD_HOSTS), this.#random.chance(0.8) ? port : 0];
  }

  #path(): string {
    return join(folder, this.#random.pick(["a", "b", "c", "", ".", "no/such/folder", "x".repeat(200)]));
  }
}

describe.skipIf(plane.kind === "absent")("the data thread (skipped where there is no cargo)", () => {
  test("lives with orders of any kind", { timeout: 2_000 * SECONDS + 120_000 }, () => {
    if (plane.kind === "absent") return;
    const random = new Random(SEED);
    const endsAt = performance.now() + 1_000 * SECONDS;
    const told = new Set<string>();
    for (let lanes = 0; lanes < LANES || performance.now() < endsAt; lanes++) {
      const lane = new plane.addon.NativeLane(0, () => {});
      const orders = new Orders(random, lane);
      // Most orders are about something that is there.
      for (let cluster = 0; cluster < CLUSTERS; cluster++) lane.openUdp(cluster, "127.0.0.1", 0);
      const takeEvents = (): void => {
        const batch = lane.takeEvents();
        if (batch !== null)
          expect(
            readLaneEvents(batch, ({ kind }) => told.add(kind)),
            "they can be read",
          ).toBe(true);
      };
      for (let given = 0; given < ORDERS; given++) {
        orders.give();
        if (random.chance(0.2)) takeEvents();
      }
      while (!lane.flush());
      // The answer comes behind all orders.
      expect(lane.figures(0), `the thread answers after lane ${lanes} from seed ${SEED}`).not.toBeNull();
      takeEvents();
      lane.close();
      orders.give();
    }
    expect([...told]).toEqual(expect.arrayContaining(["udpOpened", "udpFailed", "portOpened", "portFailed", "left"]));
  });
});
