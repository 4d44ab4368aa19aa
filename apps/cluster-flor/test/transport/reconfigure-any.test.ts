/** Any configs, one after the other, while workloads talk: tunnels that stay the same lose no byte, and in the end all is as the last config says. */
import { Random, runs } from "@florenetes/simkit";
import { afterEach, expect, test } from "vitest";
import { TestVertex, joinInRow, type VertexOptions } from "./mesh/mesh.ts";
import { Talker } from "./mesh/talker.ts";
import { Client, Target, echo } from "./mesh/workloads.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";

const SEEDS = runs(8, 3);
const CHANGES = 12;
const TUNNELS = 6;
const PIECE = 50_000;

let world: VirtualWorld | undefined;
afterEach(() => world?.close());

type Tunnels = NonNullable<VertexOptions["tunnels"]>;

test.each(Array.from({ length: SEEDS }, (_, seed) => seed + 1))("seed %i", async (seed) => {
  const place = (world = new VirtualWorld(seed));
  const random = new Random(seed);
  const targets = [await Target.listen(place, echo), await Target.listen(place, echo)];
  const services = ["web", "db"].map((name, index) => {
    return { name, label: 900 + index, target: targets[index]!.address, allow: ["user/alice", "user/bob"] };
  });
  /** The path to each service goes over the link, or over c. */
  const pathTo = (label: number) => {
    const over = random.chance(0.5) ? { link: 1, labels: [101, label] } : { link: 0, labels: [label] };
    return { name: `to-${label}`, ...over, mtu: random.pick([undefined, 1_280, 1_400]) };
  };
  const aTunnel = (): Tunnels[number] => {
    const path = random.below(2);
    const keepMs = random.pick([undefined, 2_000]);
    return { as: random.pick(["user/alice", "user/bob"]), service: services[path]!.name, path, keepMs };
  };
  const a = new TestVertex(place, {
    name: "a",
    paths: [pathTo(900), pathTo(901)],
    tunnels: [{ as: "user/alice", service: "web", path: 0 }],
  });
  const c = new TestVertex(place, { name: "c", transit: [[0, 1]] });
  const b = new TestVertex(place, { name: "b", services });
  joinInRow(place, a, b);
  joinInRow(place, a, c, b);
  for (const vertex of [b, c, a]) await vertex.start();

  // The first tunnel is never touched; on the other tunnels, streams that began before a change go on as well.
  const talkers = [new Talker(new Client(place, a.port()), PIECE)];
  talkers[0]!.say();
  await talkers[0]!.hasHeardAll();
  for (let change = 0; change < CHANGES; change++) {
    for (const talker of talkers) talker.say();
    if (random.chance(0.5)) await place.sleep(random.below(200));
    const tunnels: (Tunnels[number] | undefined)[] = [...a.options.tunnels!];
    const at = 1 + random.below(TUNNELS);
    while (tunnels.length <= at) tunnels.push(undefined);
    tunnels[at] = random.chance(0.3) ? undefined : aTunnel();
    const paths = random.chance(0.5) ? [pathTo(900), pathTo(901)] : a.options.paths!;
    await a.reconfigure({ tunnels, paths });
    const listening = tunnels.flatMap((tunnel, index) => (tunnel === undefined ? [] : [index]));
    expect(a.transport.status().tunnels.map(({ isListening, service }) => [isListening, service])).toEqual(
      listening.map((index) => [true, tunnels[index]!.service]),
    );
    const before = targets.map(({ connections }) => connections);
    const index = random.pick(listening);
    const talker = new Talker(new Client(place, a.port(index)), PIECE);
    talker.say();
    talkers.push(talker);
    await talker.hasHeardAll();
    const to = services.findIndex(({ name }) => name === tunnels[index]!.service);
    expect(targets.map(({ connections }, target) => connections - before[target]!)).toEqual(
      targets.map((_, target) => Number(target === to)),
    );
  }
  for (const talker of talkers) await talker.hasHeardAll();
  for (const { client } of talkers) client.socket.end();
  await place.until(() => talkers.every(({ client }) => client.isClosed), 60_000);
  // Connections of routes that no tunnel uses are gone in the end, and nothing is held.
  await a.reconfigure({ tunnels: [a.options.tunnels![0]] });
  await place.until(() => a.transport.status().connections.length === 1, 120_000);
  expect([a.transport.budget.held, b.transport.budget.held]).toEqual([0, 0]);
});
