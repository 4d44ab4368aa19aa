import { describe, expect, test } from "vitest";
import { checkMesh, parseMesh, reportProblems } from "../src/index.ts";
import { LINE } from "./mesh-line.ts";

/** Cases that edit the mesh above. Each names the expected finding: code, line, and a word of the advice. */
const CASES: readonly { what: string; edit: readonly [string, string]; code: string; line: number; advice: RegExp }[] =
  [
    {
      what: "a hop without a link",
      edit: ["[a, b, c] }\n", "[a, c] }\n"],
      code: "ERR_MESH_NO_LINK",
      line: 12,
      advice: /"a" has links to b/,
    },
    {
      what: "a hop with another tag",
      edit: ["path: [a, b, c]", "path: [a, b, c/1]"],
      code: "ERR_MESH_NO_LINK",
      line: 12,
      advice: /"c\/0"/,
    },
    {
      what: "a misspelt node in a link",
      edit: ["between: [b, c]", "between: [b, cc]"],
      code: "ERR_MESH_UNKNOWN_NODE",
      line: 8,
      advice: /Known here: a, b, c/,
    },
    {
      what: "a misspelt node in a path",
      edit: ["path: [a, b, c]", "path: [a, x, c]"],
      code: "ERR_MESH_UNKNOWN_NODE",
      line: 12,
      advice: /a, b, c|"[abc]"/,
    },
    {
      what: "two originators",
      edit: ["services:", "  - { between: [b, a], address: x.example }\nservices:"],
      code: "ERR_MESH_TWO_ORIGINATORS",
      line: 9,
      advice: /tags/,
    },
    {
      what: "a link twice",
      edit: ["services:", "  - { between: [a, b] }\nservices:"],
      code: "ERR_MESH_DUPLICATE_LINK",
      line: 9,
      advice: /tags/,
    },
    {
      what: "two acceptors",
      edit: ["between: [b, c]", "between: [b, c], originator: a"],
      code: "ERR_MESH_TWO_ACCEPTORS",
      line: 8,
      advice: /./,
    },
    {
      what: "a link to itself",
      edit: ["between: [b, c]", "between: [b, b]"],
      code: "ERR_MESH_LINK_TO_SELF",
      line: 8,
      advice: /two/,
    },
    {
      what: "an acceptor that cannot be found",
      edit: ["between: [a, b]", "between: [b, a]"],
      code: "ERR_MESH_NO_ENDPOINT",
      line: 7,
      advice: /originator/,
    },
    {
      what: "an endpoint and an address",
      edit: ["between: [a, b]", 'between: [a, b], address: x, endpoint: "radio:7"'],
      code: "ERR_MESH_ENDPOINT_TWICE",
      line: 7,
      advice: /Keep/,
    },
    {
      what: "a link to an IPv6 address from a node that listens on IPv4",
      edit: ["between: [a, b]", 'between: [a, b], address: "2001:db8::7"'],
      code: "ERR_MESH_ADDRESS_FAMILY",
      line: 7,
      advice: /"a" `listen: "::"`/,
    },
    {
      what: "a link to an IPv4 address from a node that listens on one IPv6 address",
      edit: ["a: {}", 'a: { listen: "2001:db8::1" }'],
      code: "ERR_MESH_ADDRESS_FAMILY",
      line: 7,
      advice: /"a" `listen: "0.0.0.0"`/,
    },
    {
      what: "two nodes at one port",
      edit: ["c: { address: 192.0.2.3 }", "c: { address: 192.0.2.2 }"],
      code: "ERR_MESH_PORT_CLASH",
      line: 5,
      advice: /port/,
    },
    {
      what: "a node at port 0",
      edit: ["c: { address: 192.0.2.3 }", "c: { address: 192.0.2.3, port: 0 }"],
      code: "ERR_MESH_PORT_ZERO",
      line: 5,
      advice: /port/,
    },
    {
      what: "a socket path that is too long",
      edit: ["a: {}", `a: { dirs: { run-link: "/${"x".repeat(100)}" } }`],
      code: "ERR_MESH_SOCKET_PATH",
      line: 3,
      advice: /shorter/,
    },
    {
      what: "a service that allows nobody",
      edit: [", allow: [user/alice]", ""],
      code: "ERR_MESH_SERVICE_WITHOUT_ALLOW",
      line: 10,
      advice: /allow: \[/,
    },
    {
      what: "a service with an empty list",
      edit: ["allow: [user/alice]", "allow: []"],
      code: "ERR_MESH_SERVICE_WITHOUT_ALLOW",
      line: 10,
      advice: /allow: \[/,
    },
    {
      what: "a service on no node",
      edit: ["node: c", "node: d"],
      code: "ERR_MESH_UNKNOWN_NODE",
      line: 10,
      advice: /a, b, c/,
    },
    {
      what: "a tunnel to no service",
      edit: ["service: web", "service: webb"],
      code: "ERR_MESH_UNKNOWN_SERVICE",
      line: 12,
      advice: /"web"/,
    },
    {
      what: "a tunnel whose principal is not allowed",
      edit: ["as: user/alice", "as: user/bob"],
      code: "ERR_MESH_NOT_ALLOWED",
      line: 12,
      advice: /allow/,
    },
    {
      what: "a tunnel of a class that its service does not take",
      edit: ["as: user/alice", "as: user/alice, class: bulk"],
      code: "ERR_MESH_CLASS",
      line: 12,
      advice: /interactive/,
    },
    {
      what: "a tunnel of datagrams to a service of streams",
      edit: ["tcp://127.0.0.1:18080", "udp://127.0.0.1:18080"],
      code: "ERR_MESH_KIND",
      line: 12,
      advice: /tcp:\/\/ or unix:/,
    },
    {
      what: "a tunnel of streams to a service of datagrams",
      edit: ["tcp://127.0.0.1:8080", "udp://127.0.0.1:8080"],
      code: "ERR_MESH_KIND",
      line: 12,
      advice: /udp:\/\//,
    },
    {
      what: "a path that starts elsewhere",
      edit: ["path: [a, b, c]", "path: [b, c]"],
      code: "ERR_MESH_PATH_START",
      line: 12,
      advice: /"a"/,
    },
    {
      what: "a path that ends elsewhere",
      edit: ["path: [a, b, c]", "path: [a, b]"],
      code: "ERR_MESH_PATH_END",
      line: 12,
      advice: /"c"/,
    },
    {
      what: "a path without hops",
      edit: ["path: [a, b, c]", "path: []"],
      code: "ERR_MESH_PATH_EMPTY",
      line: 12,
      advice: /first/,
    },
    {
      what: "a path of an unknown name",
      edit: ["path: [a, b, c]", "path: to-c"],
      code: "ERR_MESH_UNKNOWN_PATH",
      line: 12,
      advice: /paths/,
    },
    {
      what: "hops without their brackets",
      edit: ["path: [a, b, c]", 'path: "a, b/1 c"'],
      code: "ERR_MESH_UNKNOWN_PATH",
      line: 12,
      advice: /brackets: \[a, b\/1, c\]/,
    },
    {
      what: "a path over an unknown LSP",
      edit: ["path: [a, b, c]", 'path: [a, "lsp:x"]'],
      code: "ERR_MESH_UNKNOWN_LSP",
      line: 12,
      advice: /lsps/,
    },
    {
      what: "a path that turns round",
      edit: ["path: [a, b, c]", "path: [a, b, a, b, c]"],
      code: "ERR_MESH_PATH_TURNS",
      line: 12,
      advice: /detour/,
    },
    {
      what: "two tunnels on one address",
      edit: [
        "path: [a, b, c] }\n",
        'path: [a, b, c] }\n  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: [a, b, c] }\n',
      ],
      code: "ERR_MESH_LISTEN_CLASH",
      line: 13,
      advice: /port/,
    },
    {
      what: "a tunnel that is open to all",
      edit: ["127.0.0.1:18080", "0.0.0.0:18080"],
      code: "ERR_MESH_LISTEN_EXPOSED",
      line: 12,
      advice: /expose/,
    },
    {
      what: "a tunnel at port 0",
      edit: ["127.0.0.1:18080", "127.0.0.1:0"],
      code: "ERR_MESH_PORT_ZERO",
      line: 12,
      advice: /port/,
    },
    {
      what: "an LSP of two nodes",
      edit: ["services:", "lsps: { x: [a, b] }\nservices:"],
      code: "ERR_MESH_LSP_SHORT",
      line: 9,
      advice: /between/,
    },
    {
      what: "an LSP in a circle",
      edit: ["services:", "lsps: { x: [a, b, a] }\nservices:"],
      code: "ERR_MESH_LSP_LOOP",
      line: 9,
      advice: /once/,
    },
    {
      what: "an LSP without a link",
      edit: ["services:", "lsps: { x: [a, c, b] }\nservices:"],
      code: "ERR_MESH_NO_LINK",
      line: 9,
      advice: /neighbour/,
    },
    {
      what: "transit that no path uses",
      edit: ["tunnels:", "transit: { b: [[a, c]] }\ntunnels: []\nlsps:\n  #"],
      code: "ERR_MESH_TRANSIT_UNUSED",
      line: 11,
      advice: /Remove/,
    },
    {
      what: "transit that is not listed",
      edit: ["tunnels:", "transit: {}\ntunnels:"],
      code: "ERR_MESH_TRANSIT_MISSING",
      line: 13,
      advice: /\[a, c\]/,
    },
    {
      what: "transit over no link",
      edit: ["tunnels:", "transit: { b: [[a, c], [a, d]] }\ntunnels:"],
      code: "ERR_MESH_NO_LINK",
      line: 11,
      advice: /Known here: a, c/,
    },
    {
      what: "transit listed twice",
      edit: ["tunnels:", "transit: { b: [[a, c], [c, a]] }\ntunnels:"],
      code: "ERR_MESH_TRANSIT_TWICE",
      line: 11,
      advice: /direction/,
    },
  ];

describe("checkMesh", () => {
  test("finds nothing wrong with a mesh that works", () => {
    expect(checkMesh(parseMesh(LINE, "/mesh.yaml").mesh)).toEqual([]);
  });

  test.each(CASES)("finds $what", ({ edit, code, line, advice }) => {
    expect(LINE).toContain(edit[0]);
    const text = LINE.replace(...edit).replace(/\n {2}#.*/s, " {}\n");
    const { errors, warnings } = reportProblems(parseMesh(text, "/mesh.yaml"));
    const problems = [...errors, ...warnings];
    expect(problems.map((problem) => problem.code)).toContain(code);
    const problem = problems.find((problem) => problem.code === code)!;
    expect(problem.where).toMatchObject({ file: "/mesh.yaml", line });
    expect(problem.advice).toMatch(advice);
  });

  test("finds a path with more labels than a packet holds, and one that crosses too many nodes", () => {
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    const mesh = (count: number, hops: string[]): string =>
      JSON.stringify({
        cluster: "demo",
        nodes: Object.fromEntries(names.map((name, index) => [name, { address: `192.0.2.${index}` }])),
        links: names.slice(1).map((name, index) => ({ between: [names[index], name] })),
        lsps: { long: names.slice(0, count) },
        paths: { p: hops },
      });
    const codes = (text: string): string[] =>
      checkMesh(parseMesh(text, "/mesh.yaml").mesh).map((problem) => problem.code);
    expect(codes(mesh(3, names.slice(0, 17)))).toEqual([]);
    expect(codes(mesh(3, names.slice(0, 18)))).toEqual(["ERR_MESH_PATH_LABELS"]);
    expect(codes(mesh(33, ["n0", "lsp:long"]))).toEqual([]);
    expect(codes(mesh(34, ["n0", "lsp:long"]))).toEqual(["ERR_MESH_PATH_HOPS"]);
  });
});
