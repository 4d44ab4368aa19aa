/**
 * The owner of link-flor's data thread gives it all orders, with any bytes and any numbers: the process lives, each call returns
 * or throws, the thread goes on and its events can be read. `npm run fuzz` goes on for as long as it is told.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NativeLane, openDataPlane, readLaneEvents } from "@florenetes/data-plane";
import { Random, runs } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Pair } from "../testing/conformance/index.ts";
import { nativeConnectionOf } from "../src/native/native-connection.ts";
import { nativeContext } from "./native-context.ts";
import { ODD_HOSTS, OddOrders, SIZES } from "./odd-orders.ts";

const SECONDS = Number(process.env["FLORENETES_SOAK"] ?? 0);
const SEED = Number(process.env["FLORENETES_SEED"] ?? 1);
const LANES = runs(20, 5);
const ORDERS = 400;
const CLUSTERS = 3;
const SESSIONS = 6;

const plane = openDataPlane();
const folder = mkdtempSync(join(tmpdir(), "florenetes-orders-"));
/** A socket of the test; no other process listens at its port. */
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
  readonly #odd: OddOrders;

  constructor(random: Random, lane: NativeLane) {
    this.#random = random;
    this.#lane = lane;
    this.#odd = new OddOrders(random, folder, sink.address().port);
  }

  /** Gives one order. The data thread may refuse it by an error. */
  give(): void {
    const [random, lane, odd] = [this.#random, this.#lane, this.#odd];
    const orders = [
      () =>
        lane.openUdp(
          this.#cluster(),
          random.pick(["127.0.0.1", "::1", ...ODD_HOSTS.filter((host) => host !== "0.0.0.0")]),
          0,
        ),
      () => lane.openPort(this.#cluster(), odd.path(), odd.path()),
      () => lane.closeUdp(this.#cluster()),
      () => lane.closePort(this.#cluster()),
      () => lane.sendDatagram(this.#cluster(), ...odd.address(), odd.local(), odd.bytes()),
      () => lane.handleDatagram(this.#cluster(), ...odd.address(), odd.local(), odd.bytes()),
      () => lane.sendMessage(this.#cluster(), odd.bytes()),
      () => lane.sendPacket(this.#cluster(), odd.number(), odd.bytes()),
      () => this.#adopt(),
      () => lane.setRoute(this.#cluster(), odd.number(), this.#session()),
      () => lane.removeRoute(this.#cluster(), odd.number()),
      () => lane.setHandle(this.#session(), odd.number()),
      () => lane.setRate(this.#session(), odd.number()),
      () => lane.setAddress(this.#session(), ...odd.address(), odd.local()),
      () => lane.addCopies(this.#session(), ...odd.address(), odd.local(), odd.number()),
      () => lane.sendStream(this.#session(), odd.bytes()),
      () => lane.repeatMessage(this.#cluster(), odd.bytes(), odd.number()),
      () => lane.setKnownMessage(this.#cluster(), odd.bytes()),
      () => lane.sendProbe(this.#session(), odd.bytes()),
      () => lane.ping(this.#session()),
      () => lane.closeSession(this.#session(), odd.number(), odd.text()),
      () => lane.openTransit(this.#cluster(), odd.number(), odd.number(), odd.number()),
      () =>
        lane.setTransitLink(this.#cluster(), odd.number(), odd.number(), random.below(17_000), random.below(17_000)),
      () => lane.beginTransit(this.#cluster(), random.below(5), random.below(30), odd.number(), odd.number()),
      () => lane.changeTransit(this.#cluster(), random.below(5), random.below(10), odd.tableNumbers()),
      () => lane.dropTransit(this.#cluster(), random.below(5)),
      () => lane.tellTransit(this.#cluster(), random.below(5), random.below(3), odd.number()),
      () => lane.flush(),
      () => lane.figures(this.#cluster()),
    ];
    try {
      random.pick(orders)();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
  }

  /** Hands over a connection that is up, one that is not, or one that was given away before. */
  #adopt(): void {
    const [random, odd] = [this.#random, this.#odd];
    const { credentials, engine } = nativeContext(1)!;
    const pair = new Pair({ credentials, engine, now: () => 0, sleep: async () => {} });
    if (random.chance(0.8)) pair.settle();
    const native = nativeConnectionOf(random.chance(0.5) || !pair.hasServer ? pair.client : pair.server)!;
    const [host, port] = odd.address();
    const adoption = {
      session: this.#session(),
      cluster: this.#cluster(),
      ownId: new Uint8Array(random.chance(0.9) ? 8 : random.pick(SIZES)).fill(random.below(4)),
      host,
      port,
      local: odd.local(),
      isOriginator: random.chance(0.5),
      payload: random.chance(0.5) ? 1_452 : odd.number(),
      probeKey: new Uint8Array(random.chance(0.9) ? 16 : random.pick(SIZES)),
      deadAfterMs: random.chance(0.5) ? 3_000 : odd.number(),
      quietMs: random.chance(0.5) ? 0 : odd.number(),
    };
    this.#lane.adopt(adoption, native).read();
    if (random.chance(0.2)) this.#lane.adopt(adoption, native);
  }

  #cluster(): number {
    return this.#odd.numberBelow(CLUSTERS);
  }

  #session(): number {
    return 1 + this.#odd.numberBelow(SESSIONS);
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
      // Most orders are about clusters that exist.
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
