import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkMesh, parseMesh, renderMesh, reportProblems } from "../src/index.ts";
import { OperatorErrors } from "@florenetes/operator-text";
import { seeded } from "./seeded.ts";

const ROOT = `sha256:${"5b".repeat(32)}`;
const FABRIC = `fabric:
  root: ${ROOT}
  root-file: root.fact
  nodes: [a, b, d]
  ways:
    - [a, b, c, d]
`;
/** Agents on a, b and d; c, on the way to d, runs none. */
const MESH = `cluster: demo
nodes: { a: {}, b: { address: 192.0.2.2 }, c: { address: 192.0.2.3 }, d: { address: 192.0.2.4 } }
links:
  - { between: [a, b] }
  - { between: [b, c] }
  - { between: [c, d] }
services:
  web: { node: d, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: auto }
sessions:
  - { node: a, listen: "unix:/run/chat.sock", as: user/alice, services: { mail: { path: auto }, web: { path: [a, b, c, d] } } }
`;

const OFFICES = `  relays:
    b: { classes: [interactive, bulk], rate: 100 Mbit/s }
  coordinators:
    b: {}
  links:
    a: { max: 8, dial: [192.0.2.0/24] }
  costs:
    b: { price: 50, metered: true }
    d: { metered: false }
`;

function rendered(text: string) {
  return Object.fromEntries(
    renderMesh(parseMesh(text, "/mesh.yaml").mesh, seeded()).nodes.map((node) => [node.name, node]),
  );
}

describe("a mesh with agents", () => {
  const nodes = rendered(MESH + FABRIC);
  const configs = Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, parse(node.clusterFlor)]));

  test("has no problems", () => {
    expect(checkMesh(parseMesh(MESH + FABRIC, "/mesh.yaml").mesh)).toEqual([]);
  });

  test("has the sockets of each agent in its cluster-flor, where a unit's agent has them", () => {
    expect(configs["a"].fabric).toEqual({
      door: "/run/florenetes-cluster-demo/fabric/door.sock",
      sessions: "/run/florenetes-cluster-demo/fabric/sessions.sock",
      owner: "flor-demo:fabric-demo",
      mode: "0660",
      identity: "/etc/florenetes/demo/service/fabric.a",
      agent: "session+unix:/run/florenetes-fabric-demo/cluster/agent.sock",
    });
    expect(configs["c"].fabric).toBeUndefined();
    expect(nodes["a"]!.identities).toContainEqual({
      principal: "service/fabric.a",
      folder: "/etc/florenetes/demo/service/fabric.a",
    });
    expect(nodes["c"]!.identities.map(({ principal }) => principal)).toEqual(["vertex/c"]);
  });

  test("leaves `path: auto` as it is, beside paths by hand", () => {
    expect(configs["a"].tunnels).toMatchObject([{ service: "web", path: "auto" }]);
    const path = configs["a"].sessions[0].services.web.path as string;
    expect(configs["a"].sessions[0].services.mail).toEqual({ path: "auto" });
    expect(Object.keys(configs["a"].paths)).toEqual([path]);
  });

  test("has a config for each agent, with its ways, and transit for these", () => {
    expect(nodes["c"]!.fabricFlor).toBeUndefined();
    expect(nodes["a"]!.fabricFlor).toBe(`\
# Node a of cluster demo. Rendered from its mesh file: change that one instead.

cluster: demo
node: a
state: /var/lib/florenetes/fabric-demo
admin: /run/florenetes-fabric-demo/admin.sock
door: /run/florenetes-cluster-demo/fabric/door.sock
sessions: /run/florenetes-cluster-demo/fabric/sessions.sock
listen: /run/florenetes-fabric-demo/cluster/agent.sock
root: ${ROOT}
root-file: root.fact
ways:
  d: { link: b, labels: [ ${configs["b"].links.c.label}, ${configs["c"].links.d.label} ] }
`);
    expect(parse(nodes["d"]!.fabricFlor!)).not.toHaveProperty("ways");
    const alone = rendered(MESH.replace(", web: { path: [a, b, c, d] }", "") + FABRIC);
    expect(parse(alone["b"]!.clusterFlor).transit).toEqual([["a", "c"]]);
    expect(parse(alone["c"]!.clusterFlor).transit).toEqual([["b", "d"]]);
  });

  test("has a socket by which each agent fetches packages, from stores and caches of the file alone", () => {
    const services = `services:
  update-store: { node: d, target: "unix:/run/store.sock", allow: [service/fabric.a, service/fabric.b] }
  update-cache.b: { node: b, target: "unix:/run/store.sock", allow: [service/fabric.a] }
  updates: { node: b, target: "tcp://127.0.0.1:8081", allow: [user/alice] }
`;
    const updates = "  updates: { channel: stable, repository-root: releases-root.json }\n";
    const mesh = MESH.replace("services:\n", services) + FABRIC + updates;
    expect(checkMesh(parseMesh(mesh, "/mesh.yaml").mesh)).toEqual([]);
    const { a, c } = rendered(mesh);
    const listen = "/run/florenetes-cluster-demo/fabric/updates.sock";
    expect(parse(a!.clusterFlor).sessions.at(-1)).toEqual({
      listen: `unix:${listen}`,
      owner: "flor-demo:fabric-demo",
      mode: "0660",
      allow: ["root", "group:fabric-demo"],
      as: "/etc/florenetes/demo/service/fabric.a",
      services: { "update-store": { path: "auto" }, "update-cache.b": { path: "auto" } },
    });
    expect(parse(a!.fabricFlor!).updates).toEqual({
      channel: "stable",
      sessions: listen,
      "repository-root": "releases-root.json",
    });
    expect(parse(c!.clusterFlor)).not.toHaveProperty("sessions");
    expect(parse(rendered(MESH + FABRIC + updates)["a"]!.clusterFlor).sessions).toHaveLength(1);
  });

  test("has a service for each holder, and tunnels by which holders and gateways ask them", () => {
    const storage = "  storage: { holders: [b, d], gateways: { a: user/backup }, allow: [user/alice] }\n";
    const mesh = MESH + FABRIC + storage;
    expect(checkMesh(parseMesh(mesh, "/mesh.yaml").mesh)).toEqual([]);
    const { a, b, d, c } = rendered(mesh);
    const { "storage.b": service } = parse(b!.clusterFlor).services;
    expect(service).toEqual({
      label: expect.any(Number) as unknown,
      identity: "/etc/florenetes/demo/service/storage.b",
      target: "unix:/run/florenetes-store-demo/cluster/store.sock",
      "proxy-protocol": "v2",
      classes: ["bulk"],
      allow: ["service/storage.d", "user/backup", "user/alice"],
    });
    expect(parse(d!.clusterFlor).services["storage.d"].allow).toEqual([
      "service/storage.b",
      "user/backup",
      "user/alice",
    ]);
    const tunnelTo = (holder: string, as: string): object => ({
      listen: `unix:/run/florenetes-cluster-demo/store/${holder}.sock`,
      as: `/etc/florenetes/demo/${as}`,
      service: `storage.${holder}`,
      path: "auto",
      class: "bulk",
      mode: "0660",
      keep: "5min",
    });
    expect(parse(b!.clusterFlor).tunnels).toEqual([tunnelTo("d", "service/storage.b")]);
    expect(parse(a!.clusterFlor).tunnels.slice(-2)).toEqual(
      ["b", "d"].map((holder) => tunnelTo(holder, "user/backup")),
    );
    expect(b!.identities.map(({ principal }) => principal)).toContain("service/storage.b");
    expect(a!.identities.map(({ principal }) => principal)).toContain("user/backup");
    expect(parse(c!.clusterFlor)).not.toHaveProperty("tunnels");
  });

  test.each([
    ["{ holders: [c] }", "ERR_MESH_FABRIC_NODE", "fabric.storage.holders.0"],
    ["{ holders: [b, d], gateways: { c: user/backup } }", "ERR_MESH_FABRIC_NODE", "fabric.storage.gateways.c"],
    ["{ holders: [b, d, b] }", "ERR_MESH_STORAGE", "fabric.storage.holders.2"],
    ["{ holders: [b, d], gateways: { b: user/backup } }", "ERR_MESH_STORAGE", "fabric.storage.gateways.b"],
  ])("refuses storage that cannot work: %s", (storage, code, at) => {
    const problems = checkMesh(parseMesh(`${MESH}${FABRIC}  storage: ${storage}\n`, "/mesh.yaml").mesh);
    expect(problems.map((problem) => [problem.code, problem.path.join(".")])).toEqual([[code, at]]);
  });

  test("refuses a service of a holder's name", () => {
    const service = 'services:\n  storage.b: { node: b, target: "tcp://127.0.0.1:1", allow: [user/alice] }\n';
    const text = `${MESH.replace("services:\n", service)}${FABRIC}  storage: { holders: [b, d] }\n`;
    const where = expect.objectContaining({ line: 8 }) as unknown;
    expect(problems(text)).toContainEqual(expect.objectContaining({ code: "ERR_MESH_STORAGE", where }));
  });

  test("tells of a socket that is written where that of storage lies, though this one has no line", () => {
    const listen = "unix:/run/florenetes-cluster-demo/store/d.sock";
    const session = `sessions:\n  - { node: b, listen: "${listen}", as: user/alice, services: { web: { path: auto } } }\n`;
    const text = `${MESH.replace("sessions:\n", session)}${FABRIC}  storage: { holders: [b, d] }\n`;
    expect(problems(text)).toMatchObject([{ code: "ERR_MESH_LISTEN_CLASH" }]);
  });

  test("changes nothing of nodes without an agent, nor of a mesh without the key", () => {
    const plain = MESH.replace("path: auto }\n", "path: [a, b, c, d] }\n").replace("mail: { path: auto }, ", "");
    const [before, after] = [rendered(plain), rendered(plain + FABRIC.replace("nodes: [a, b, d]", "nodes: [a, d]"))];
    for (const name of ["b", "c"]) expect(after[name]).toEqual(before[name]);
    for (const node of Object.values(before)) expect(node).not.toHaveProperty("fabricFlor");
    const section = /fabric:\n(?: {2}.*\n)+/;
    expect(after["a"]!.clusterFlor.replace(section, "")).toBe(before["a"]!.clusterFlor);
  });

  test("all nodes run agents where none are named, and what was written is handed on", () => {
    const text = MESH + `fabric: { root: ${ROOT}, development: true, pins: all, owner: "x:y" }\n`;
    for (const { clusterFlor, fabricFlor } of Object.values(rendered(text))) {
      expect(parse(clusterFlor).fabric).toMatchObject({ pins: "all", owner: "x:y" });
      expect(parse(fabricFlor!)).toMatchObject({ development: true });
    }
  });

  test("what nodes do for others is in the files of these nodes alone", () => {
    const { a, b, d } = rendered(`${MESH}${FABRIC}${OFFICES}`);
    expect(parse(b!.clusterFlor).fabric.relay).toEqual({ classes: ["interactive", "bulk"], rate: "100 Mbit/s" });
    expect(parse(b!.fabricFlor!).coordinator).toEqual({ partition: "default", store: "sqlite" });
    expect(parse(a!.clusterFlor).fabric).toMatchObject({ "links-max": 8, dial: ["192.0.2.0/24"] });
    expect(parse(a!.clusterFlor).fabric).not.toHaveProperty("relay");
    expect(parse(d!.clusterFlor).fabric).not.toHaveProperty("links-max");
    expect(parse(d!.fabricFlor!)).not.toHaveProperty("coordinator");
    expect(parse(b!.fabricFlor!)).toMatchObject({ price: 50, metered: true });
    expect(parse(d!.fabricFlor!)).toMatchObject({ metered: false });
    expect(parse(d!.fabricFlor!)).not.toHaveProperty("price");
    for (const key of ["price", "metered"]) expect(parse(a!.fabricFlor!)).not.toHaveProperty(key);
  });

  test("a path that has the name is a path", () => {
    const named = `${MESH}paths: { auto: [a, b, c, d] }\n${FABRIC}`.replace("mail: { path: auto }, ", "");
    expect(parse(rendered(named)["a"]!.clusterFlor).tunnels).toMatchObject([{ path: "web.auto" }]);
  });
});

test.each<[string, string, string, string, number, RegExp]>([
  ["auto without the key", FABRIC, "", "ERR_MESH_UNKNOWN_PATH", 10, /Known here|paths/],
  ["auto on a node without an agent", "nodes: [a, b, d]", "nodes: [b, d]", "ERR_MESH_AUTO_WITHOUT_AGENT", 10, /nodes/],
  ["auto to a host without an agent", "nodes: [a, b, d]", "nodes: [a, b]", "ERR_MESH_AUTO_WITHOUT_AGENT", 10, /path/],
  ["a principal that is not allowed", "allow: [user/alice]", "allow: [user/bob]", "ERR_MESH_NOT_ALLOWED", 10, /allow/],
  ["an agent on no node", "nodes: [a, b, d]", "nodes: [a, b, d, dd]", "ERR_MESH_UNKNOWN_NODE", 16, /"d"|a, b, c, d/],
  ["a way over no link", "- [a, b, c, d]", "- [a, c, d]", "ERR_MESH_NO_LINK", 18, /neighbour/],
  ["a way to a neighbour", "- [a, b, c, d]", "- [a, b]", "ERR_MESH_WAY", 18, /needs no way/],
  ["a way to itself", "- [a, b, c, d]", "- [a]", "ERR_MESH_WAY", 18, /needs no way/],
  ["a way to a node without an agent", "- [a, b, c, d]", "- [a, b, c]", "ERR_MESH_WAY", 18, /nodes/],
  [
    "a relay without an agent",
    "- [a, b, c, d]\n",
    "- [a, b, c, d]\n  relays: { c: { classes: [bulk], rate: 1 Gbit/s } }\n",
    "ERR_MESH_FABRIC_NODE",
    19,
    /nodes/,
  ],
  [
    "a coordinator that is no node",
    "- [a, b, c, d]\n",
    "- [a, b, c, d]\n  coordinators: { x: {} }\n",
    "ERR_MESH_FABRIC_NODE",
    19,
    /nodes/,
  ],
  [
    "costs of a node without an agent",
    "- [a, b, c, d]\n",
    "- [a, b, c, d]\n  costs: { c: { price: 50 } }\n",
    "ERR_MESH_FABRIC_NODE",
    19,
    /nodes/,
  ],
  [
    "a price that is too high",
    "- [a, b, c, d]\n",
    "- [a, b, c, d]\n  costs: { b: { price: 65536 } }\n",
    "ERR_CONFIG_VALUE",
    19,
    /what is allowed/,
  ],
  [
    "a rate that is none",
    "- [a, b, c, d]\n",
    "- [a, b, c, d]\n  relays: { b: { classes: [bulk], rate: fast } }\n",
    "ERR_MESH_RATE",
    19,
    /Mbit/,
  ],
  ["a second way", "- [a, b, c, d]", "- [a, b, c, d]\n    - [a, b, c, d]", "ERR_MESH_WAY", 19, /one of them/],
  ["a fingerprint that is none", ROOT, "sha256:5b", "ERR_MESH_FABRIC_ROOT", 14, /flor fabric init/],
  ["a key that is none", "root-file:", "rootfile:", "ERR_CONFIG_UNKNOWN_KEY", 15, /root-file/],
  ["no user of that name", "cluster: demo", "cluster: demo.of.all-machines.here", "ERR_MESH_FABRIC_OWNER", 13, /owner/],
])("%s is told, with its line and what to do", (_, from, to, code, line, advice) => {
  const found = problems((MESH + FABRIC).replace(from, to));
  expect(found).toContainEqual(
    expect.objectContaining({ code, advice: expect.stringMatching(advice), where: expect.objectContaining({ line }) }),
  );
});

function problems(text: string) {
  try {
    return reportProblems(parseMesh(text, "/mesh.yaml")).errors;
  } catch (error) {
    if (error instanceof OperatorErrors) return error.problems;
    throw error;
  }
}

test("transit that is written has to let ways through", () => {
  const text = `${MESH.replace(", web: { path: [a, b, c, d] }", "")}transit: { b: [[a, c]] }\n${FABRIC}`;
  const { warnings } = reportProblems(parseMesh(text, "/mesh.yaml"));
  expect(warnings).toMatchObject([{ code: "ERR_MESH_TRANSIT_MISSING", message: expect.stringContaining('"c"') }]);
  expect(warnings[0]!.where).toMatchObject({ line: 19 });
});
