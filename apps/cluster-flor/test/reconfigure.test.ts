/** A vertex in virtual time takes one config after the other, and comes to the same as one that has started with the last. */
import type { Credentials } from "@florenetes/identity";
import { type FlorioHandlers, newFlorioCounters } from "@florenetes/florio";
import { decodeMessage } from "@florenetes/portal-api";
import type { Logger } from "@florenetes/process-kit";
import { Random, runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { ClusterVertex } from "../src/cluster-vertex.ts";
import type { RunningConfig } from "../src/config/running-config.ts";
import { NO_PINS } from "../src/config/vertex-pins.ts";
import { PortableDataPlane } from "../src/data-plane/portable/portable-data-plane.ts";
import { nodeSealing } from "../src/trace/drivers/sealing.ts";
import { vertexToken } from "../src/transport/drivers/vertex-token.ts";
import { anyConfig, numbering } from "./config/any-config.ts";
import { steadyHoldings } from "./steady-holdings.ts";
import { issue } from "./transport/mesh/identities.ts";
import { VirtualWorld } from "./transport/worlds/virtual-world.ts";

const ROUNDS = runs(30, 10);
const CONFIGS = 5;

const known = new Map<string, Credentials>();

function credentialsOf(config: RunningConfig): Map<string, Credentials> {
  const folders = [
    ...[...config.services.values()].map(({ identity }) => identity),
    ...[...config.tunnels.values()].map(({ as }) => as),
  ];
  for (const folder of folders) if (!known.has(folder)) known.set(folder, issue(folder));
  return new Map(folders.map((folder) => [folder, known.get(folder)!]));
}

interface Portals {
  /** The roots by which the vertex judges peers for link vertices. */
  readonly roots: string;
  onPort(handlers: FlorioHandlers): void;
  onMessage(message: Uint8Array): void;
}

/** A vertex whose link vertices do not run, or are played by `portals`. */
function vertexIn(world: VirtualWorld, config: RunningConfig, portals?: Portals): ClusterVertex {
  const log: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  return new ClusterVertex({
    config,
    holdings: { ...steadyHoldings(credentialsOf(config)), roots: portals?.roots },
    instance: { id: "1", startedAt: 1 },
    vertexToken: (own, peer) => vertexToken(new Uint8Array(32), own, peer),
    sealing: nodeSealing(world.drivers().randomBytes),
    engine: world.engine,
    drivers: world.drivers(),
    plane: new PortableDataPlane((_portal, handlers) => {
      portals?.onPort(handlers);
      return {
        isConnected: false,
        waitingFor: "",
        isWritable: true,
        counters: newFlorioCounters(),
        sendControl(message) {
          portals?.onMessage(message);
          return false;
        },
        sendPacket: () => false,
        sendFrame: () => false,
        flush() {},
        close() {},
      };
    }),
    log,
  });
}

async function started(world: VirtualWorld, vertex: ClusterVertex): Promise<void> {
  let isDone = false;
  void vertex.start().then(() => (isDone = true));
  await world.until(() => isDone);
}

/** The status of a vertex with sorted lists, without times and counts of its own life. */
function shape(vertex: ClusterVertex): unknown {
  const { portals, links, forwarding, paths, tunnels, services } = vertex.status();
  const sorted = (items: readonly unknown[]): string[] => items.map((item) => JSON.stringify(item)).toSorted();
  return {
    portals: sorted(portals.map(({ name, bind, connect, transit }) => ({ name, bind, connect, transit }))),
    links: sorted(links.map(({ name, portal, peer, tag, role, state }) => ({ name, portal, peer, tag, role, state }))),
    forwarding: { links: sorted(forwarding.links), transit: sorted(forwarding.transit) },
    table: sorted([...vertex.forwarder.entries()]),
    paths: sorted(paths.map(({ name, link, labels, isUsable }) => ({ name, link, labels, isUsable }))),
    tunnels: sorted(tunnels.map(({ text: _text, connections: _counts, ...tunnel }) => tunnel)),
    services: sorted(services.map(({ handshakes: _outcomes, connections: _counts, ...service }) => service)),
    down: vertex.down(),
  };
}

test("from any config to any other: links, labels, paths, tunnels and services are those of a start with the other", async () => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = new Random(seed);
    const world = new VirtualWorld(seed);
    const numbered = numbering();
    let config = numbered(anyConfig(random));
    const vertex = vertexIn(world, config);
    await started(world, vertex);
    for (let step = 0; step < CONFIGS; step++) {
      const written = anyConfig(random);
      config = numbered(written);
      let isTaken = false;
      void vertex.reconfigure(config, credentialsOf(config)).then(() => (isTaken = true));
      await world.until(() => isTaken);
      const elsewhere = new VirtualWorld(seed);
      const fresh = vertexIn(elsewhere, numbering()(written));
      await started(elsewhere, fresh);
      expect(shape(vertex), `seed ${seed}, config ${step}`).toEqual(shape(fresh));
      fresh.close();
      await elsewhere.close();
    }
    vertex.close();
    await world.close();
  }
});

test("other pins are told to link vertices that ask for verdicts, where pins bind all", async () => {
  const world = new VirtualWorld(1);
  const numbered = numbering();
  const config = numbered({ ...anyConfig(new Random(1)), pins: NO_PINS });
  const ports: FlorioHandlers[] = [];
  let generation = 0;
  const vertex = vertexIn(world, config, {
    roots: issue("vertex/a").trustBundlePem,
    onPort: (handlers) => ports.push(handlers),
    onMessage(message) {
      const body = decodeMessage(message)?.body;
      if (body?.kind === "heartbeat") generation = body.judgeGeneration ?? 0;
    },
  });
  await started(world, vertex);
  for (const port of ports) port.onConnected();
  await world.until(() => generation === 1);
  const keys = (hash: string) => new Map([["vertex/b", new Set([hash.repeat(32)])]]);
  const changes = [
    [{ keys: keys("01"), bindAll: false }, 1],
    [{ keys: keys("01"), bindAll: true }, 2],
    [{ keys: keys("01"), bindAll: true }, 2],
    [{ keys: keys("02"), bindAll: true }, 3],
    [NO_PINS, 4],
  ] as const;
  for (const [pins, expected] of changes) {
    const next = { ...config, pins };
    let isTaken = false;
    void vertex.reconfigure(next, credentialsOf(next)).then(() => (isTaken = true));
    await world.until(() => isTaken);
    await world.sleep(1_000);
    expect(generation).toBe(expected);
  }
  vertex.close();
  await world.close();
});
