import { parseMeshObject, parseNodeConfig, renderMesh } from "@florenetes/mesh-file";
import { expect, test } from "vitest";
import { compareConfig } from "../src/mesh-status/config-differences.ts";
import { drawPicture } from "../src/mesh-status/mesh-picture.ts";
import type { ClusterFacts } from "../src/mesh-status/node-facts.ts";
import { answersWith, clusterStatus, MESH, SESSIONS } from "./mesh-status-fixture.ts";

/** The mesh of the other tests, whose tunnel and session service are left to agents. */
const auto = { path: "auto" };
const { mesh } = parseMeshObject({
  ...MESH,
  tunnels: MESH.tunnels!.map((tunnel) => ({ ...tunnel, ...auto })),
  sessions: MESH.sessions!.map((session) => ({ ...session, services: { web: auto } })),
  fabric: { root: `sha256:${"5b".repeat(32)}` },
});
let drawn = 0;
const { nodes } = renderMesh(mesh, (limit) => (drawn = (drawn * 31 + 7) % limit));
const configs = new Map(nodes.map(({ name, clusterFlor }) => [name, parseNodeConfig(clusterFlor, name)] as const));
const expected = { mesh, configs, hasLabels: false };

/** A node whose agent has led its services over a path of the overlay. */
function ledStatus(node: string, path: string): ClusterFacts {
  const status = clusterStatus(node);
  return {
    ...status,
    forwarding: { transit: [] },
    paths: [{ name: path, link: "b", labels: [1], isUsable: true, isReachable: true, heardMs: 80 }],
    tunnels: status.tunnels.map((tunnel) => ({ ...tunnel, path })),
    sessions: status.sessions.map((session) => ({
      ...session,
      services: session.services.map((lead) => ({ ...lead, path })),
    })),
    connections: [],
  };
}

test("where agents lead services is no difference to the mesh file", () => {
  for (const node of ["a", "b"]) {
    const config = configs.get(node)!;
    for (const path of ["auto.web.d", "auto:web"])
      expect(compareConfig({ mesh, config, hasLabels: false }, ledStatus(node, path))).toEqual([]);
  }
  const own = ledStatus("b", "auto.web.d");
  const moved = { ...own, sessions: own.sessions.map((session) => ({ ...session, listen: "unix:/run/other.sock" })) };
  const found = compareConfig({ mesh, config: configs.get("b")!, hasLabels: false }, moved);
  expect(found.map(({ what }) => what).join(" ")).toContain(SESSIONS);
});

test("the state of such a lead is that of the path that the agent has taken", () => {
  const answers = answersWith({
    a: { clusterFlor: { status: ledStatus("a", "auto.web.d") } },
    b: { clusterFlor: { status: ledStatus("b", "auto.web.d") } },
  });
  const leads = drawPicture(expected, answers).leads.map(({ node, state }) => [node, state]);
  expect(leads).toEqual([
    ["a", "reachable"],
    ["b", "reachable"],
  ]);
});
