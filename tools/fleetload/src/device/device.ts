/**
 * A device: the three programs of a node in this process, with their own drivers: the UDP socket, FlorIO, the agent's door and its data sessions are real. Left out are
 * admin and control sockets; the agent's database, which is in memory (its records come again from the hub); looks at the machine, which are made once for all devices of a
 * process; and data threads, of which a thousand devices would have two thousand: packets are carried in this thread, by the engine that nodes have.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ClusterVertex } from "@florenetes/cluster-flor/src/cluster-vertex.ts";
import { parseClusterConfig } from "@florenetes/cluster-flor/src/config/cluster-config-file.ts";
import { withoutParts } from "@florenetes/cluster-flor/src/config/identities.ts";
import { LOG_ROOMS } from "@florenetes/cluster-flor/src/config/log-levels.ts";
import { PortableDataPlane } from "@florenetes/cluster-flor/src/data-plane/portable/portable-data-plane.ts";
import { firstConfig, VertexChanges } from "@florenetes/cluster-flor/src/drivers/vertex-changes.ts";
import { openHoldings } from "@florenetes/cluster-flor/src/drivers/vertex-holdings.ts";
import { openVertexSecret } from "@florenetes/cluster-flor/src/drivers/vertex-secret.ts";
import { nodeSealing } from "@florenetes/cluster-flor/src/trace/drivers/sealing.ts";
import { nodeDrivers } from "@florenetes/cluster-flor/src/transport/drivers/node-drivers.ts";
import { vertexToken } from "@florenetes/cluster-flor/src/transport/drivers/vertex-token.ts";
import { parseFabricConfig } from "@florenetes/fabric-flor/src/config/fabric-config-file.ts";
import { openNodeKey } from "@florenetes/fabric-flor/src/config/node-key.ts";
import { readSeedsFile } from "@florenetes/fabric-flor/src/config/seeds-file.ts";
import { AgentDriver } from "@florenetes/fabric-flor/src/drivers/agent-driver.ts";
import type { Machine } from "@florenetes/fabric-flor/src/drivers/machine.ts";
import { openFlorioPort } from "@florenetes/florio";
import { parseLinkConfig } from "@florenetes/link-flor/src/config/link-config-file.ts";
import { PortableDataPlane as PortableLinkPlane } from "@florenetes/link-flor/src/data-plane/portable/drivers/portable-data-plane.ts";
import { joinLinkVertex } from "@florenetes/link-flor/src/drivers/link-vertex.ts";
import { type Logger, MetricsEndpoint, RoomLevels } from "@florenetes/process-kit";
import type { QuicEngine } from "@florenetes/quic";
import { nodeTime as time } from "@florenetes/scheduling";
import { newInstance } from "@florenetes/wire-values";
import { deviceConfigs, type DevicePlan, recordFile } from "./device-files.ts";
import { MemoryFiles } from "./memory-files.ts";

export interface DeviceOptions {
  /** The load and the addresses that all devices of a process tell. */
  readonly machine: Machine;
  readonly folder: string;
  readonly plan: DevicePlan;
  readonly engine: QuicEngine;
  readonly log: Logger;
}

/** How a device is at present. */
export interface DeviceLook {
  readonly linksUp: number;
  /** Whether its own record is in force, and a neighbour's records are read. */
  readonly isNode: boolean;
  /** Letters to coordinators, and those of them that were answered. */
  readonly letters: number;
  readonly answered: number;
  /** Reports that it has made. */
  readonly reports: number;
  /** Records that it holds. */
  readonly records: number;
}

/** The time for streams of a device that is closed. */
const DRAIN_MS = 100;

export class Device implements AsyncDisposable {
  readonly #vertex: ClusterVertex;
  readonly #agent: AgentDriver;
  readonly #stack: AsyncDisposableStack;

  private constructor(vertex: ClusterVertex, agent: AgentDriver, stack: AsyncDisposableStack) {
    this.#vertex = vertex;
    this.#agent = agent;
    this.#stack = stack;
  }

  /** Starts a device. @throws OperatorError of one of its three programs */
  static async open(options: DeviceOptions): Promise<Device> {
    await using stack = new AsyncDisposableStack();
    await openLinks(options, stack);
    const vertex = await openVertex(options, stack);
    const agent = await openAgent(options, stack);
    return new Device(vertex, agent, stack.move());
  }

  look(): DeviceLook {
    const { agent } = this.#agent;
    const read = [...agent.feeds.neighbours].filter(({ isGreeted }) => isGreeted).length;
    const { sent, answered } = agent.routes.post;
    return {
      linksUp: this.#vertex.connection.links.linksUp().up,
      isNode: agent.nodeFault === undefined && read > 0,
      letters: sent,
      answered,
      reports: agent.routes.reports,
      records: agent.book?.size ?? 0,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

async function openLinks({ folder, plan, engine, log }: DeviceOptions, stack: AsyncDisposableStack): Promise<void> {
  const file = join(folder, "link-flor.yaml");
  const config = parseLinkConfig(deviceConfigs(folder, plan).link, file);
  const plane = stack.use(new PortableLinkPlane());
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const instance = newInstance();
  const vertex = joinLinkVertex({ config, file, plane, engine, instance, metrics, time, log });
  stack.defer(() => vertex.clusters.close());
  stack.use(vertex.transactions);
  await vertex.clusters.add(config.clusters);
}

async function openVertex(
  { folder, plan, engine, log }: DeviceOptions,
  stack: AsyncDisposableStack,
): Promise<ClusterVertex> {
  const file = join(folder, "cluster-flor.yaml");
  const config = parseClusterConfig(deviceConfigs(folder, plan).cluster, file);
  const drivers = nodeDrivers();
  const first = firstConfig(config, drivers, log);
  const { placed } = first;
  const { holdings, held, broken } = await openHoldings({ ...config, ...placed }, drivers.wallClock, log);
  stack.use(holdings);
  const usable = withoutParts(placed, broken);
  const plane = stack.use(
    new PortableDataPlane(({ bind, connect }, handlers) => openFlorioPort({ bind, connect, handlers })),
  );
  const secret = openVertexSecret(config.state, log);
  const vertex = new ClusterVertex({
    config: usable,
    holdings,
    instance: newInstance(),
    vertexToken: (own, peer) => vertexToken(secret, own, peer),
    sealing: nodeSealing(drivers.randomBytes),
    engine,
    drivers,
    plane,
    log,
  });
  stack.defer(() => vertex.close());
  stack.defer(() => vertex.stop(DRAIN_MS));
  const levels = new RoomLevels(LOG_ROOMS, "warn");
  const metrics = stack.use(new MetricsEndpoint({ time, log }));
  const changes = stack.use(
    new VertexChanges({ ...first, file, vertex, holdings, held, broken, levels, metrics, time: drivers, log }),
  );
  await vertex.start();
  await changes.start();
  return vertex;
}

async function openAgent(
  { folder, plan, machine, log }: DeviceOptions,
  stack: AsyncDisposableStack,
): Promise<AgentDriver> {
  const config = parseFabricConfig(deviceConfigs(folder, plan).fabric, join(folder, "fabric-flor.yaml"));
  const key = openNodeKey(config.state);
  const agent = stack.use(
    new AgentDriver({
      cluster: config.cluster,
      node: config.node,
      fingerprint: config.fingerprint,
      development: config.development,
      door: config.door,
      sessions: config.sessions,
      ways: config.ways,
      endpoints: config.endpoints,
      key,
      life: newInstance(),
      software: { version: "fleetload" },
      files: new MemoryFiles(),
      machine,
      time,
      log,
    }),
  );
  agent.handleRecords([...readSeedsFile(config, time.wallClock().getTime()), readFileSync(recordFile(folder))]);
  await agent.start(config.listen);
  return agent;
}
