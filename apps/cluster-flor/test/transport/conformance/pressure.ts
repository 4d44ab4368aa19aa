/** Vertices tell their peers how loaded they are. */
import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NodePressure } from "../../../src/transport/vertex-messages.ts";
import { pair, type TestVertex } from "../mesh/mesh.ts";
import { echo, Target } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { toWeb } from "./other-config.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const warning: NodePressure = { level: "warning", score: 75, reasons: ["memory"] };
const critical: NodePressure = { level: "critical", score: 95, reasons: ["memory"] };
const nominal: NodePressure = { level: "nominal", score: 10, reasons: [] };
const reliable = { ...toWeb, trafficClass: TrafficClass.reliable };
const bulk = { ...toWeb, trafficClass: TrafficClass.bulk };

/** The pressure levels that the peers have told, one for each connection. */
const heardBy = (vertex: TestVertex) => vertex.transport.status().connections.map(({ peerPressure }) => peerPressure);

/** Tells a vertex its pressure. Resolves when all connections of the other vertex have heard of it. */
export async function tellPressure(
  world: TransportWorld,
  from: TestVertex,
  pressure: NodePressure,
  to: TestVertex,
): Promise<void> {
  from.transport.notices.handleLevel(pressure);
  await world.until(() => heardBy(to).every((level) => level === pressure.level));
}

export const pressure: Suite = describeInWorlds("the pressure of a vertex", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  test("is heard by the other end when its level changes, on every connection", async () => {
    const { a, b } = await pair(world, (await Target.listen(world, echo)).address, {
      a: { tunnels: [reliable, bulk] },
    });
    expect(heardBy(a)).toEqual([null, null]);
    await tellPressure(world, b, warning, a);
    expect(heardBy(b)).toEqual([null, null]);
    await tellPressure(world, a, critical, b);
    await tellPressure(world, b, nominal, a);
    await tellPressure(world, a, nominal, b);
  });
});
