/**
 * Fifty nodes in virtual time: relays, edges and coordinators die and come back, links break, a relay is taken back, and a fifth of all nodes lies. After each second
 * the promises of docs/protocol/fabric-routes.md are checked. A minute after all is healed each origin that a host is connected to has a lease of true links, and four
 * minutes later one around relays that drop its packets.
 */
import { isSoak, Random, runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { SimFabric } from "./simulation/fabric.ts";
import type { SimNode } from "./simulation/mesh.ts";

const SECONDS = isSoak ? 900 : 180;

function churn(fabric: SimFabric, random: Random): void {
  const { mesh } = fabric;
  const { scheduler } = mesh;
  const names = [...mesh.nodes.keys()];
  for (let at = 0; at < SECONDS; at += random.between(2, 12)) {
    scheduler.after(at * 1_000, () => {
      const back = random.between(5, 120) * 1_000;
      if (random.chance(0.5)) {
        const link = random.pick(mesh.links);
        link.isUp = false;
        mesh.touch([link]);
        scheduler.after(back, () => {
          link.isUp = true;
          mesh.touch([link]);
        });
        return;
      }
      const name = random.chance(0.6) ? random.pick(names.filter((each) => each.startsWith("r"))) : random.pick(names);
      mesh.setUp(name, false);
      scheduler.after(back, () => mesh.setUp(name, true));
    });
  }
  scheduler.after((SECONDS / 2) * 1_000, () => mesh.cluster.void("node", "r1", mesh.now));
}

test.each(Array.from({ length: runs(20, 1) }, (_, seed) => seed + 1))(
  "origins keep to what is told, permitted and signed, and have routes once all is healed: seed %d",
  (seed) => {
    const random = new Random(seed);
    const fabric = new SimFabric(random, { edges: 30, relays: 14, hostile: 10 });
    churn(fabric, random);
    let [had, wanted] = [0, 0];
    for (let minute = 0; minute < SECONDS / 60; minute++) {
      fabric.run(60);
      fabric.checkEqual();
      const connected = connectedIn(fabric).filter(({ isUp }) => isUp);
      wanted += connected.length;
      had += connected.filter((node) => fabric.hasRoute(node)).length;
    }
    // While nodes come and go, most have a route at any time.
    expect(had / wanted).toBeGreaterThan(0.5);
    // The last of them come back within two minutes.
    fabric.run(120);
    fabric.run(60);
    expect(namesOf(connectedIn(fabric).filter((node) => !fabric.isServed(node)))).toEqual([]);
    // Relays that say that all is well, and drop packets, are found out by trying.
    fabric.run(240);
    expect(namesOf(connectedIn(fabric).filter((node) => !fabric.hasRoute(node)))).toEqual([]);
    for (const outcome of ["taken", "partition", "issuer"])
      expect(fabric.outcomes.get(outcome) ?? 0).toBeGreaterThan(10);
  },
);

/** Honest origins to which honest relays connect a host. */
function connectedIn(fabric: SimFabric): SimNode[] {
  const origins = [...fabric.mesh.nodes.values()].filter(({ name, isHostile }) => name.startsWith("e") && !isHostile);
  return origins.filter(({ name }) => fabric.isConnected(name));
}

function namesOf(nodes: readonly SimNode[]): string[] {
  return nodes.map(({ name }) => name);
}
