/** A vertex in virtual time takes one config after the other, and comes to the same as one that has started with the last. */
import type { Credentials } from "@florenetes/identity";
import { newFlorioCounters } from "@florenetes/florio";
import type { Logger } from "@florenetes/process-kit";
import { Random, runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { ClusterVertex } from "../src/cluster-vertex.ts";
import type { RunningConfig } from "../src/config/running-config.ts";
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

/** A vertex whose link vertices do not run. */
function vertexIn(world: VirtualWorld, config: RunningConfig): ClusterVertex {
  const log: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  return new ClusterVertex({
    config,
    holdings: steadyHoldings(credentialsOf(config)),
    instance: { id: "1", startedAt: 1 },
    vertexToken: (own, peer) => vertexToken(new Uint8Array(32), own, peer),
    sealing: nodeSealing(world.drivers().randomBytes),
    engine: world.engine,
    drivers: world.drivers(),
    plane: new PortableDataPlane(() => ({
      isConnected: false,
      waitingFor: "",
      isWritable: true,
      counters: newFlorioCounters(),
      sendControl: () => false,
      sendPacket: () => false,
      sendFrame: () => false,
      flush() {},
      close() {},
    })),
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
