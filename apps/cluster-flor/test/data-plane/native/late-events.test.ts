/** Owners use numbers again: a late event of the data thread names a thing that is gone, and changes nothing of the thing that came after it. */
import { readFileSync } from "node:fs";
import type { NativeCluster, NativeClusterEvent } from "@florenetes/data-plane";
import { type FlorioPort, ThreadPort } from "@florenetes/florio";
import { successorOf, TrafficClass, wordsOf, writeHeader } from "@florenetes/forwarding";
import type { Logger } from "@florenetes/process-kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NO_PINS } from "../../../src/config/vertex-pins.ts";
import { ClusterVertex } from "../../../src/cluster-vertex.ts";
import type { RunningConfig } from "../../../src/config/running-config.ts";
import { SlotMap } from "../../../src/config/slot-map.ts";
import { LaneTransport } from "../../../src/data-plane/native/drivers/lane-transport.ts";
import { tellEvent } from "../../../src/data-plane/native/lane-events.ts";
import { LanePorts } from "../../../src/data-plane/native/lane-ports.ts";
import { noFigures } from "../../../src/data-plane/no-figures.ts";
import type { DataPlane, DataPlaneHandlers } from "../../../src/data-plane/data-plane.ts";
import { NativePlane } from "../../../src/transport/data-plane/native/native-plane.ts";
import { nodeSealing } from "../../../src/trace/drivers/sealing.ts";
import { vertexToken } from "../../../src/transport/drivers/vertex-token.ts";
import { steadyHoldings } from "../../steady-holdings.ts";
import { issue } from "../../transport/mesh/identities.ts";
import { VirtualWorld } from "../../transport/worlds/virtual-world.ts";

const vectorsFile = new URL("../../../../../packages/data-plane/vectors/cluster-events.json", import.meta.url);
/** An event of each kind, and more. */
const { events } = JSON.parse(readFileSync(vectorsFile, "utf8")) as {
  readonly events: readonly { readonly event: Vector }[];
};
const vectors = events.map(({ event }) => event);

type Vector = { readonly kind: string } & Readonly<Record<string, unknown>>;

const WEB = 900;
const FORMER = 0;
const SUCCESSOR = successorOf(FORMER);
const known = new Map(["service/web", "service/own", "user/alice"].map((folder) => [folder, issue(folder)]));

/** A config with everything that a config can name: the things of each list have this number and the next ones; undefined: empty lists. */
function configOf(number: number | undefined): RunningConfig {
  const slots = <T>(...items: readonly T[]): SlotMap<T> => {
    return number === undefined ? new SlotMap() : new SlotMap(items.map((item, at) => [number + at, item]));
  };
  const all = number ?? 0;
  const allow = ["user/alice"];
  const service = { tellsPrincipal: false, allow };
  return {
    cluster: "demo",
    vertex: "v",
    portals: slots({ name: "p", bind: "/p/bind", connect: "/p/connect" }),
    links: slots({ name: "l", portal: all, role: "acceptor", peer: "b", tag: "0", endpoint: undefined, label: 100 }),
    transit: [],
    transitLimit: { packetsPerSecond: 1, bytesPerSecond: 1_000 },
    transitOffload: true,
    crossConnects: [],
    lspEnds: [],
    services: slots<RunningConfig["services"] extends { get(number: number): infer T } ? NonNullable<T> : never>(
      {
        ...service,
        name: "web",
        label: WEB,
        identity: "service/web",
        target: { kind: "tcp", host: "localhost", port: 9 },
      },
      { ...service, name: "own", label: 901, identity: "service/own", target: { kind: "session", path: "/s" } },
    ),
    paths: slots({ name: "to-b", link: all, labels: [WEB], mtu: undefined }),
    tunnels: slots({
      name: "tcp://127.0.0.1:1",
      listen: { kind: "tcp", host: "127.0.0.1", port: 1 },
      mode: undefined,
      owner: undefined,
      as: "user/alice",
      service: "web",
      path: all,
      trafficClass: TrafficClass.reliable,
    }),
    sessions: new SlotMap(),
    transport: { streamsPerConnection: 2 },
    expiryGraceMs: 0,
    pins: NO_PINS,
  };
}

/** A vertex over a data thread that does nothing but write down its orders. */
class Scene {
  readonly orders: unknown[][] = [];
  readonly lines: unknown[] = [];
  readonly vertex: ClusterVertex;
  readonly #ports: LanePorts;
  readonly #transport: LaneTransport;
  #handlers: DataPlaneHandlers | undefined;
  #plane: NativePlane | undefined;

  constructor(world: VirtualWorld) {
    const drivers = world.drivers();
    const soon = (call: () => void): void => drivers.wakeUps.soon(call);
    const order =
      (name: string) =>
      (...given: unknown[]) =>
        this.orders.push([name, ...given]) > 0;
    const native = new Proxy({} as NativeCluster, { get: (_, name) => order(String(name)) });
    const recent = { read: () => noFigures, waitedMs: 0 } as unknown as ConstructorParameters<
      typeof LaneTransport
    >[1]["recent"];
    this.#ports = new LanePorts(soon);
    this.#transport = new LaneTransport(native, { recent, workloadsMax: 100, soon });
    const plane: DataPlane = {
      isPortRepeating: true,
      openPort: (_, handlers, number): FlorioPort => {
        const onClosed = (): void => this.#ports.leave(number);
        const port = new ThreadPort({ thread: native, number, handlers, figures: () => undefined, onClosed });
        this.#ports.join(number, port);
        return port;
      },
      openTransportPlane: (host, handlers) => {
        this.#handlers = handlers;
        return (this.#plane = new NativePlane(this.#transport, host));
      },
      setLink: (link, state) => void this.orders.push(["setLink", link, state]),
      reconfigure: () => {},
      figures: () => noFigures,
      isAnswering: () => true,
      [Symbol.dispose]() {},
    };
    const note = (fields: unknown): void => void this.lines.push(fields);
    const log: Logger = { debug() {}, info: note, warn: note, error: note, child: () => log };
    this.vertex = new ClusterVertex({
      config: configOf(FORMER),
      holdings: steadyHoldings(known),
      instance: { id: "1", startedAt: 1 },
      vertexToken: (own, peer) => vertexToken(new Uint8Array(32), own, peer),
      sealing: nodeSealing(drivers.randomBytes),
      engine: world.engine,
      drivers,
      plane,
      log,
    });
  }

  tell(event: NativeClusterEvent): void {
    tellEvent(event, {
      ports: this.#ports,
      transport: this.#transport,
      handlers: this.#handlers,
      plane: this.#plane,
    });
    this.#handlers?.onTurnEnd();
  }

  /** Whether an order of this name for this number was given. */
  has(name: string, number: number): boolean {
    return this.orders.some(([given, subject]) => given === name && subject === number);
  }

  /** Text of all that can be seen: the status without what was thrown away, the label table, the orders and the log. */
  seen(): string {
    const { drops: _drops, traces: _traces, pressure: _pressure, ...status } = this.vertex.status();
    const orders = this.orders.filter(([name]) => name !== "heardMillisecondsAgo");
    return JSON.stringify([status, [...this.vertex.forwarder.entries()], orders, this.lines]);
  }
}

let world: VirtualWorld;
let scene: Scene;

beforeEach(async () => {
  world = new VirtualWorld(1);
  scene = new Scene(world);
  void scene.vertex.reconfigure(configOf(undefined), known);
  void scene.vertex.reconfigure(configOf(SUCCESSOR), known);
  await vi.waitFor(() => expect(scene.has("listen", SUCCESSOR)).toBe(true), { timeout: 20_000 });
  scene.tell({ kind: "listening", tunnel: SUCCESSOR, tcpPort: 1 });
  await settled();
});

afterEach(async () => {
  scene.vertex.close();
  await world.close();
});

/** Waits for turns of the event loop and of the world, in which all that follows at once has happened. */
async function settled(): Promise<void> {
  await world.sleep(1);
  await new Promise((done) => setImmediate(done));
  await world.sleep(1);
}

/** Removes the times, which change by themselves. */
function timeless(seen: string): string {
  return seen.replaceAll(/"(sinceMs|ageMs)":\d+/g, "");
}

/** The vector's event with these numbers in the place of its own. */
function eventOf(vector: Vector, number: number, trunk: number): NativeClusterEvent {
  const packet = new Uint8Array(20);
  writeHeader(packet, 0, 1, 2, wordsOf([WEB]));
  const isOwn = vector.kind === "streamAsked";
  const numbers = { trunk, port: number, link: number, tunnel: number, number, service: number + Number(isOwn) };
  const event: Record<string, unknown> = { ...vector, trafficClass: vector["trafficClass"] ?? 0 };
  for (const [name, value] of Object.entries(numbers)) if (typeof event[name] === "number") event[name] = value;
  for (const name of ["inLink", "outLink"])
    if (typeof event[name] === "number" && event[name] !== -1) event[name] = number;
  for (const name of ["service", "connection", "at"]) if (event[name] === null) event[name] = undefined;
  if ("bytes" in event) event["bytes"] = "inLink" in event ? packet : Uint8Array.of(10, 0);
  if (isOwn) event["isFlow"] = false;
  return event as unknown as NativeClusterEvent;
}

test.each(vectors.map((vector, at) => [`${at}: ${vector.kind}`, vector] as const))(
  "event %s that is late does nothing to what has the slot now",
  async (_, vector) => {
    const before = scene.seen();
    // Trunks have numbers that are not used again: trunk 0 was the former tunnel's.
    scene.tell(eventOf(vector, FORMER, 0));
    await settled();
    // A stream to a service that is gone is refused: the order that refuses it is no change.
    scene.orders.splice(0, Infinity, ...scene.orders.filter(([name]) => name !== "resetStream"));
    expect(timeless(scene.seen())).toBe(timeless(before));
  },
);

test.each(["portConnected", "portVersion", "guessing", "waiting", "resolve", "refused", "streamAsked"])(
  "event %s would be seen, if it were that one's",
  async (kind) => {
    const vector = vectors.find((each) => each.kind === kind && each["isService"] !== false)!;
    const before = scene.seen();
    scene.tell(eventOf(vector, SUCCESSOR, 1));
    await vi.waitFor(
      async () => {
        await settled();
        expect(timeless(scene.seen())).not.toBe(timeless(before));
      },
      { timeout: 20_000 },
    );
  },
);
