/** Services of organizations: who finds them, and whose names come first. */
import { describe, expect, test } from "vitest";
import { DemoCluster } from "../demo-records.ts";
import { SimMesh, type SimNode } from "./simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;

describe("a service of an organization", () => {
  const ACME = { scope: "org/acme" };
  const roleOf = (cluster: DemoCluster, node: string, more: object = {}) => {
    const body = { actions: [], services: [], depth: 0 };
    return cluster.control({ kind: "role", subject: `${node}/update-cache/north`, ...ACME, body, ...more });
  };
  /** The void record of a role lives 30 days. */
  const roleVoid = (cluster: DemoCluster, node: string) => roleOf(cluster, node, { epoch: 2, void: true, body: {} });
  const held = (node: SimNode): number => [...node.agent.book!.all("service", NOW)].length;

  /** a, who serves, and b have a role in acme; c has none. Tunnels on b and c want web. */
  function acmeMesh(): {
    readonly mesh: SimMesh;
    readonly cluster: DemoCluster;
    readonly b: SimNode;
    readonly c: SimNode;
  } {
    const cluster = new DemoCluster(NOW - 1_000);
    const mesh = new SimMesh({
      cluster,
      startsAt: NOW,
      links: [
        ["a", "b"],
        ["a", "c"],
      ],
      services: { a: ["web"] },
      wants: { b: ["web"], c: ["web"] },
    }).start();
    for (const node of mesh.nodes.values()) expect(node.take(cluster.node(node.key))).toEqual(["taken"]);
    const [b, c] = [mesh.node("b"), mesh.node("c")];
    const roles = ["a", "b"].map((node) => roleOf(cluster, node));
    for (const record of [...roles, cluster.service("web", ["a"], ACME, { aliases: ["www"] })]) {
      expect(mesh.node("a").take(record)).toEqual(["taken"]);
    }
    return { mesh, cluster, b, c };
  }

  test("is found by a node with a role there, and by no other, which has no record either", () => {
    const { mesh, cluster, b, c } = acmeMesh();
    mesh.until("b finds web at a", () => b.leads("web") === "a", 5_000);
    expect(b.agent.planner.services.wanted).toMatchObject([{ scope: "org/acme", service: "web", isVoid: false }]);
    mesh.runFor(MINUTE);
    expect([c.leads("web"), held(c), held(b)]).toEqual([undefined, 0, 1]);
    expect(c.vertex.view.overlay.pins["service/web"]).toBeUndefined();
    mesh.node("a").take(roleOf(cluster, "c"));
    mesh.until("c finds web at a", () => c.leads("web") === "a", MINUTE);
  });

  test("is used no more once the role is taken back", () => {
    const { mesh, cluster, b } = acmeMesh();
    mesh.until("b finds web at a", () => b.leads("web") === "a", 5_000);
    mesh.node("a").take(roleVoid(cluster, "b"));
    mesh.until("b leads web nowhere", () => b.leads("web") === undefined, MINUTE);
    expect(b.vertex.view.overlay.pins["service/web"]).toEqual([]);
    expect(b.agent.planner.services.wanted).toMatchObject([{ isVoid: true }]);
  });

  test("is none to a node that holds its record without a role there", () => {
    const { mesh, cluster, c } = acmeMesh();
    expect(c.take(cluster.service("web", ["a"], ACME))).toEqual(["taken"]);
    mesh.runFor(MINUTE);
    expect(c.leads("web")).toBeUndefined();
  });

  test("takes neither a name nor an alias from the cluster", () => {
    const { mesh, cluster, b } = acmeMesh();
    mesh.until("b finds web at a", () => b.leads("web") === "a", 5_000);
    mesh.node("a").take(cluster.service("mail", ["a"], {}, { aliases: ["web"] }));
    mesh.until("web is an alias of mail", () => b.agent.planner.services.wanted[0]!.service === "mail");
    expect(b.agent.planner.services.wanted[0]!.scope).toBe("cluster");
    mesh.node("a").take(cluster.service("web", ["b"]));
    mesh.until("web is the cluster's", () => b.agent.planner.services.wanted[0]!.service === "web");
    expect(b.agent.planner.services.wanted[0]!.scope).toBe("cluster");
  });
});
