import { OperatorErrors } from "@florenetes/operator-errors";
import { describe, expect, test } from "vitest";
import { checkMesh, parseMesh, reportProblems } from "../src/index.ts";

const LINE = `cluster: demo
nodes:
  a: {}
  b: { address: 192.0.2.2 }
  c: { address: 192.0.2.3 }
links:
  - { between: [a, b] }
  - { between: [b, c] }
services:
  web: { node: c, target: "tcp://127.0.0.1:8080", allow: [user/alice], classes: [interactive, reliable] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: [a, b, c] }
`;

/** Each case edits the mesh above and names what is to be found: code, line, and a word of the advice. */
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

describe("the form of a mesh file", () => {
  const refused: readonly (readonly [
    what: string,
    from: string,
    to: string,
    code: string,
    line: number,
    advice: RegExp,
  ])[] = [
    [
      "a reserved word in a tunnel",
      "path: [a, b, c]",
      "path: [a, b, c], fallback: [a, c]",
      "ERR_CONFIG_RESERVED",
      12,
      /./,
    ],
    [
      "a reserved word in a path",
      "path: [a, b, c]",
      "path: { hops: [a, b, c], priority: 2 }",
      "ERR_CONFIG_RESERVED",
      12,
      /./,
    ],
    ["a misspelt key", "between: [b, c]", "betwen: [b, c]", "ERR_CONFIG_UNKNOWN_KEY", 8, /"between"/],
    ["a misspelt key of a path", "path: [a, b, c]", "path: { hop: [a, b, c] }", "ERR_CONFIG_MISSING_KEY", 12, /hops/],
    ["a tunnel without a path", ", path: [a, b, c]", "", "ERR_CONFIG_VALUE", 12, /nodes it goes over/],
    ["a link with three ends", "between: [b, c]", "between: [b, c, a]", "ERR_CONFIG_VALUE", 8, /\[a, b\]/],
    ["a target that is no address", "tcp://127.0.0.1:8080", "http://127.0.0.1", "ERR_CONFIG_ADDRESS", 10, /tcp:/],
    ["a principal of no kind", "as: user/alice", "as: alice", "ERR_CONFIG_VALUE", 12, /user\/<name>/],
    ["a tag that is a number", "between: [b, c]", "between: [b, c], tag: 1", "ERR_CONFIG_TYPE", 8, /quotes/],
    ["a hop with two dots in a row", "path: [a, b, c]", "path: [a, b..b, c]", "ERR_CONFIG_VALUE", 12, /a static LSP/],
    ["a hop with two tags", "path: [a, b, c]", "path: [a, b/1/2, c]", "ERR_CONFIG_VALUE", 12, /a static LSP/],
    ["an LSP without a name", "path: [a, b, c]", 'path: [a, "lsp:", c]', "ERR_CONFIG_VALUE", 12, /a static LSP/],
    [
      "a principal with two dots in a row",
      "as: user/alice",
      "as: user/al..ice",
      "ERR_CONFIG_VALUE",
      12,
      /user\/<name>/,
    ],
    ["a path of the mesh that is a word", "tunnels:", "paths: { short: a }\ntunnels:", "ERR_CONFIG_VALUE", 11, /\[a\]/],
    ["a rate that is none", "[b, c] }", "[b, c], rate: fast }", "ERR_MESH_RATE", 8, /50 Mbit/],
    ["a name with a space", "web:", '"we b":', "ERR_CONFIG_VALUE", 10, /letter or digit/],
  ];
  test.each([
    ["upper case in a principal", "as: user/alice", "as: user/Alice", "not a principal, as it has upper case"],
    ["a port of a target", ":8080", ":80800", "80800 is no port: the largest is 65535"],
    ["a port of a listener", ":18080", ":180800", "180800 is no port: the largest is 65535"],
    ["a port of a node", "b: { ", "b: { port: 65536, ", "not a port: the largest is 65535"],
  ])("says what is wrong with %s", (_what, from, to, message) => {
    expect(() => parseMesh(LINE.replace(from, to), "mesh.yaml")).toThrow(message);
  });

  test.each(refused)("refuses %s", (_what, from, to, code, line, advice) => {
    expect(LINE).toContain(from);
    let problems: readonly { code: string; where?: object; advice: string }[] = [];
    try {
      parseMesh(LINE.replace(from, to), "/mesh.yaml");
    } catch (error) {
      if (!(error instanceof OperatorErrors)) throw error;
      problems = error.problems as typeof problems;
    }
    const problem = problems.find((problem) => problem.code === code);
    expect(problem, JSON.stringify(problems)).toBeDefined();
    expect(problem!.where).toMatchObject({ line });
    expect(problem!.advice).toMatch(advice);
  });
});
