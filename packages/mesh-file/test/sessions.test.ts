import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { checkMesh, parseMesh, renderMesh, reportProblems } from "../src/index.ts";
import { seeded } from "./seeded.ts";

const FILE = `\
cluster: demo
nodes: { a: {}, b: { address: b.example }, c: { address: c.example } }
links:
  - { between: [a, b] }
  - { between: [b, c] }
services:
  chat: { node: c, target: "session+unix:/run/chat.sock", allow: [user/alice] }
  dns: { node: c, target: "udp://127.0.0.1:53", allow: [user/alice] }
paths:
  far: [a, b, c]
sessions:
  - node: a
    listen: "unix:/run/mesh.sock"
    owner: chat
    allow: [ chat, "group:mesh", 7 ]
    as: user/alice
    max-streams: 9
    services:
      chat: { path: [a, b, c] }
      names: { path: far, service: dns, keep: 1min, connect-wait: 2s }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:1", as: user/alice, service: chat, path: far }
  - { node: a, listen: "udp://127.0.0.1:2", as: user/alice, service: chat, path: far }
`;

function nodeOf(name: string): { config: Record<string, unknown>; identities: string[] } {
  const { nodes } = renderMesh(parseMesh(FILE, "/mesh.yaml").mesh, seeded(1));
  const node = nodes.find((each) => each.name === name)!;
  return {
    config: parse(node.clusterFlor) as Record<string, unknown>,
    identities: node.identities.map(({ principal }) => principal),
  };
}

test("sockets of data sessions are rendered with their paths, and the transit that those need", () => {
  expect(checkMesh(parseMesh(FILE, "/mesh.yaml").mesh)).toEqual([]);
  const { config, identities } = nodeOf("a");
  expect(identities).toContain("user/alice");
  expect(config["sessions"]).toEqual([
    {
      listen: "unix:/run/mesh.sock",
      as: "/etc/florenetes/demo/user/alice",
      owner: "chat",
      allow: ["chat", "group:mesh", 7],
      "max-streams": 9,
      services: {
        chat: { path: "chat.a.unix-run-mesh-sock.chat" },
        names: { path: "dns.far", service: "dns", keep: "1min", "connect-wait": "2s" },
      },
    },
  ]);
  expect(Object.keys(config["paths"] as object)).toEqual(
    expect.arrayContaining(["chat.a.unix-run-mesh-sock.chat", "dns.far", "chat.far"]),
  );
  expect(nodeOf("b").config["transit"]).toEqual([["a", "c"]]);
  expect(nodeOf("c").config["services"]).toMatchObject({ chat: { target: "session+unix:/run/chat.sock" } });
});

describe("mistakes have a line", () => {
  test.each([
    ["node: a\n    listen", "node: z\n    listen", "ERR_MESH_UNKNOWN_NODE", 12],
    ["chat: { path: [a, b, c] }", "chatt: { path: [a, b, c] }", "ERR_MESH_UNKNOWN_SERVICE", 19],
    ["path: far, service: dns", "path: fra, service: dns", "ERR_MESH_UNKNOWN_PATH", 20],
    ["chat: { path: [a, b, c] }", "chat: { path: [b, c] }", "ERR_MESH_PATH_START", 19],
    ["chat: { path: [a, b, c] }", "chat: { path: [a, b] }", "ERR_MESH_PATH_END", 19],
    ["as: user/alice\n    max", "as: user/bob\n    max", "ERR_MESH_NOT_ALLOWED", 16],
    ['"tcp://127.0.0.1:1"', '"unix:/run/mesh.sock"', "ERR_MESH_LISTEN_CLASH", 13],
    ["tunnels:", "transit: {}\ntunnels:", "ERR_MESH_TRANSIT_MISSING", 19],
  ])("%j as %j", (from, to, code, line) => {
    expect(FILE).toContain(from);
    const { errors, warnings } = reportProblems(parseMesh(FILE.replace(from, to), "/mesh.yaml"));
    const found = [...errors, ...warnings].filter((problem) => problem.code === code);
    expect(found.map(({ where }) => where?.line)).toContain(line);
  });

  test.each([
    ['"unix:/run/mesh.sock"', '"tcp://127.0.0.1:7"', /data sessions are spoken at a Unix socket/],
    ["path: [a, b, c] }", "service: chat }", /needs a path/],
    ["max-streams", "max-stream", /max-streams/],
  ])("of form: %j as %j", (from, to, message) => {
    let text = "";
    try {
      parseMesh(FILE.replace(from, to), "/mesh.yaml");
    } catch (error) {
      text = JSON.stringify(
        (error as { problems: { message: string; advice: string }[] }).problems.map(
          ({ message, advice }) => `${message} ${advice}`,
        ),
      );
    }
    expect(text).toMatch(message);
  });
});
