/** Any cuts, delays and orders, one after the other, while workloads talk over a path with routes: no byte is lost, and in the end the first route is in use. */
import { Random, runs } from "@florenetes/simkit";
import { afterEach, expect, test } from "vitest";
import type { RouteConfig } from "../../src/config/cluster-config.ts";
import { routed, routeOver } from "./mesh/routed.ts";
import { TestVertex, joinInRow, warm } from "./mesh/mesh.ts";
import type { TestLink } from "./mesh/mesh-link.ts";
import { Talker } from "./mesh/talker.ts";
import { Client, Target, echo } from "./mesh/workloads.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";

const SEEDS = runs(100, 3);
const CHANGES = 25;
const PIECE = 20_000;

let world: VirtualWorld | undefined;
afterEach(() => world?.close());

test.each(Array.from({ length: SEEDS }, (_, seed) => seed + 1))("seed %i", async (seed) => {
  const place = (world = new VirtualWorld(seed));
  const random = new Random(seed);
  const relays = 2 + random.below(3);
  const target = await Target.listen(place, echo);
  const first = Array.from({ length: relays }, (_, link) => routeOver(link));
  const a = new TestVertex(place, {
    name: "a",
    paths: [routed(first)],
    tunnels: [{ as: "user/alice", service: "web", path: 0 }],
  });
  const d = new TestVertex(place, { name: "d", services: [{ name: "web", label: 900, target: target.address }] });
  const rows: TestLink[][] = [];
  for (let link = 0; link < relays; link++) {
    const relay = new TestVertex(place, { name: `r${link}`, transit: [[0, 1]] });
    rows.push(joinInRow(place, a, relay, d));
    await relay.start();
  }
  await d.start();
  await a.start();
  await warm(place, a);
  const tell = (link: number): void => a.transport.handleLinkSize(link);
  const anyRoutes = (): readonly RouteConfig[] => {
    const left = [...first];
    const some = Array.from({ length: 1 + random.below(relays) }, () => left.splice(random.below(left.length), 1)[0]!);
    const avoid = random.pick([undefined, undefined, { why: "capacity_limited" }, { why: "fenced" }] as const);
    return some.map((route, at) => (at === 0 && some.length > 1 ? { ...route, avoid } : route));
  };
  const change = async (): Promise<void> => {
    const at = random.below(relays);
    const [near, far] = rows[at]!;
    const what = random.below(8);
    if (what <= 1) near!.isCut = !near!.isCut;
    else if (what <= 3) far!.isCut = !far!.isCut;
    else if (what === 4) far!.delayMs = random.pick([0, 5, 100, 700]);
    else if (what === 5) far!.mtu = random.pick([1_280, 1_400, 16_384]);
    else if (what === 6) await a.reconfigure({ paths: [routed(anyRoutes())] });
    else if (random.chance(0.7)) await a.reconfigure({ paths: [routed(first)] });
    else await a.reconfigure({ paths: [{ ...routed([first[at]!]), routes: undefined }] });
    tell(at);
  };
  const talkers = Array.from({ length: 3 }, () => new Talker(new Client(place, a.port()), PIECE));
  for (const talker of talkers) talker.say();
  for (const talker of talkers) await talker.hasHeardAll();
  for (let i = 0; i < CHANGES; i++) {
    await change();
    for (const talker of talkers) talker.say();
    await place.sleep(random.pick([0, 20, 300, 1_500, 4_000]));
  }
  for (const [at, links] of rows.entries()) {
    for (const link of links) Object.assign(link, { isCut: false, delayMs: 0, mtu: 16_384 });
    tell(at);
  }
  await a.reconfigure({ paths: [routed(first)] });
  for (const talker of talkers) await talker.hasHeardAll();
  const used = (): string[] => [...a.transport.routes.of("auto.web.d")].map(([{ name }]) => name);
  await place.until(() => used().join() === "r0>d", 120_000);
  await place.until(() => a.transport.routes.table(0)!.routes.every(({ failure }) => failure === undefined), 30_000);
  for (const talker of talkers) talker.say();
  for (const talker of talkers) await talker.hasHeardAll();
  for (const { client } of talkers) client.socket.end();
  await place.until(() => talkers.every(({ client }) => client.isClosed), 60_000);
  await place.until(() => a.transport.status().connections.length === 1, 120_000);
  expect([a.transport.budget.held, d.transport.budget.held]).toEqual([0, 0]);
});
