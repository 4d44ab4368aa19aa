/** A vertex counts its own packets over each link, by share and class, whole and each once. */
import { isDeepStrictEqual } from "node:util";
import { labelCountOf, shareOf, TRAFFIC_CLASS_NAMES, TrafficClass, trafficClassOf } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pairAtRest, type TestVertex } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const SHARE = 7;
const SIZE = 200_000;

/** Packets and bytes in one direction, by share and class. */
type Counts = Record<string, { packets: number; bytes: number }>;

/** Counts of a vertex with one link. */
function countsOf(vertex: TestVertex, isSent: boolean): Counts {
  const rows = vertex.exchanged().flatMap(({ share, classes }) =>
    Object.entries(classes).map(([name, { sentPackets, sentBytes, packets, bytes }]) => {
      return [`${share} ${name}`, isSent ? { packets: sentPackets, bytes: sentBytes } : { packets, bytes }] as const;
    }),
  );
  return Object.fromEntries(rows.filter(([, { packets }]) => packets > 0));
}

export const exchanged: Suite = describeInWorlds("own packets over a link", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("are counted at both ends as they passed, by share and class", async () => {
    const target = await Target.listen(world, echo);
    const route = { link: 0, labels: [900], name: "b", avoid: undefined, share: SHARE };
    const { interactive, bulk } = TrafficClass;
    const { a, b, link } = pairAtRest(world, target.address, {
      a: {
        paths: [{ name: "auto.web.b", link: 0, labels: [900], isOverlay: true, routes: [route] }],
        tunnels: [interactive, bulk].map((trafficClass) => ({
          as: "user/alice",
          service: "web",
          path: 0,
          trafficClass,
        })),
      },
    });
    /** By direction. */
    const passed: Counts[] = [{}, {}];
    link.tap = (packet, toB) => {
      const share = shareOf(packet, 0, toB ? labelCountOf(packet, 0) - 1 : 0);
      const key = `${share} ${TRAFFIC_CLASS_NAMES[trafficClassOf(packet, 0, packet.length)]!}`;
      const counts = (passed[toB ? 0 : 1]![key] ??= { packets: 0, bytes: 0 });
      counts.packets++;
      counts.bytes += packet.length;
      return true;
    };
    for (const vertex of [b, a]) await vertex.start();
    for (const tunnel of [0, 1]) {
      const client = new Client(world, a.port(tunnel));
      client.socket.write(Buffer.alloc(SIZE));
      await client.until(SIZE);
    }
    const isCounted = (): boolean =>
      isDeepStrictEqual([countsOf(a, true), countsOf(b, true)], passed) &&
      isDeepStrictEqual([countsOf(b, false), countsOf(a, false)], passed);
    await world.until(isCounted);
    const [there, back] = [countsOf(a, true), countsOf(b, true)];
    for (const name of ["interactive", "bulk"]) {
      expect(there[`${SHARE} ${name}`]!.bytes).toBeGreaterThan(SIZE);
      expect(back[`0 ${name}`]!.bytes, "answers over a path of one link are of no share").toBeGreaterThan(SIZE);
    }
  });
});
