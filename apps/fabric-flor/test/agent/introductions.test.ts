import { expect, test } from "vitest";
import { CANDIDATE_RATE } from "../../src/agent/links/limits.ts";
import { linkNameOf } from "../../src/agent/links/link-name.ts";
import { DAY, DemoCluster } from "../demo-records.ts";
import { SimMesh } from "./simulated-nodes.ts";
import { upLink } from "./views.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");

test.each([
  ["without a role", []],
  ["that is a relay before anybody knows it", ["a/relay/north"]],
])("a node %s makes itself known to a neighbour that has it for a candidate", (_, roles) => {
  const cluster = new DemoCluster(NOW - 1_000);
  const mesh = new SimMesh({ cluster, startsAt: NOW, links: [["a", "b"]] });
  const [a, b] = [mesh.node("a"), mesh.node("b")];
  // The vertex of b has a link to a node that knocked in an earlier life of the agent.
  const name = linkNameOf("a");
  const links = [{ name, peer: "a", endpoints: [], rate: CANDIDATE_RATE, until: NOW + DAY }];
  b.vertex.change({
    bounds: { linksMax: 16, dial: null },
    links: [{ ...upLink("a"), name, overlay: true }],
    overlay: { ...b.vertex.view.overlay, links },
  });
  mesh.start();
  mesh.until("b has a for a candidate", () => b.agent.links.isCandidate("a"));
  const body = { actions: ["relay"], services: [], depth: 0 };
  a.take(cluster.node(a.key));
  a.take(...roles.map((subject) => cluster.control({ kind: "role", subject, body, expires: NOW + DAY })));
  b.take(cluster.node(b.key));
  mesh.until("b knows a", () => b.agent.book?.inForce("node", "cluster", "a", b.at.wall) !== undefined);
  mesh.until("a knows b", () => a.agent.book?.inForce("node", "cluster", "b", a.at.wall) !== undefined);
  expect(b.agent.links.isCandidate("a")).toBe(false);
});
