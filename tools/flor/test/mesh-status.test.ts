import type { StatusFinding } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { drawPicture, meshVerdict } from "../src/mesh-status/mesh-picture.ts";
import { nodeScript, readNodeOutput, silentNode } from "../src/mesh-status/node-answer.ts";
import type { ClusterFacts, LinkFacts, NodeAnswer } from "../src/mesh-status/node-facts.ts";
import { formatPicture } from "../src/mesh-status/picture-text.ts";
import {
  answersWith,
  clusterStatus,
  EXPECTED,
  identityOf,
  linkStatus,
  listsOf,
  NODES,
  SESSIONS,
  TUNNEL,
} from "./mesh-status-fixture.ts";

const WIDTH = 80;

/** An answer in which the status of cluster-flor is changed. */
const told = (node: string, change: (status: ClusterFacts) => Partial<ClusterFacts>): Partial<NodeAnswer> => {
  const status = clusterStatus(node);
  return { clusterFlor: { status: { ...status, ...change(status) } } };
};
const toldByLinkFlor = (node: string, change: Partial<LinkFacts>): Partial<NodeAnswer> => ({
  linkFlor: { status: { ...linkStatus(node), ...change } },
});
/** An answer in which link-flor's facts about the cluster are changed. */
const holding = (node: string, change: Partial<LinkFacts["clusters"][number]>): Partial<NodeAnswer> => {
  const status = linkStatus(node);
  return { linkFlor: { status: { ...status, clusters: status.clusters.map((each) => ({ ...each, ...change })) } } };
};
const ONE = "11".repeat(32);
const TWO = "22".repeat(32);
const linkAs = (name: string, change: Partial<ClusterFacts["links"][number]>) => (status: ClusterFacts) => ({
  links: status.links.map((link) => (link.name === name ? { ...link, ...change } : link)),
});
const finding = (about: StatusFinding["about"], text: string): StatusFinding => {
  return { weight: "fault", about, text, advice: "Mend it." };
};
const broken = { state: "down", code: "TIMEOUT", text: "no answer", figures: null } as const;

test("a mesh of which all is as it should be is whole, and shown with both ends of each link", () => {
  const picture = drawPicture(EXPECTED, answersWith());
  expect(picture).toMatchObject({ isWhole: true, findings: [], differences: [] });
  const text = formatPicture(picture, WIDTH);
  expect(text).toMatch(/^whole: cluster demo, 4 nodes, 3 links, 1 tunnel, 1 session service, 1 service\n/);
  expect(text).toContain("a     whole  0.1.0 2026-11-20T10:00:00Z  0.1.0 2026-11-20T10:00:00Z");
  expect(text).toContain("a - b  up     1.3 ms | 1.3 ms  2.1 % | 2.1 %  1.5 Mb/s | 1.5 Mb/s");
  expect(text).toMatch(/a +reachable +800 ms ago +web +tcp:\/\/127\.0\.0\.1:18080 +a b c d/);
});

test.each<[string, Readonly<Record<string, Partial<NodeAnswer>>>, readonly RegExp[]]>([
  [
    "a node without an answer, and nothing of what follows from that",
    { c: silentNode("no route to host"), b: told("b", linkAs("c", broken)), d: told("d", linkAs("c", broken)) },
    [/^1 of 4 nodes, 2 of 3 links, 1 of 1 tunnel, .*First: node c: no answer \(no route to host\)$/],
  ],
  [
    "a link-flor that is gone",
    {
      c: {
        linkFlor: { silence: "there is no admin socket" },
        ...told("c", (status) => ({
          findings: [finding("portal", "portal quic has no link vertex")],
          links: status.links.map((link) => ({ ...link, state: "waiting" as const, figures: null })),
        })),
      },
      b: told("b", linkAs("c", broken)),
    },
    [/^1 of 4 nodes, 2 of 3 links, .*node c: link-flor does not answer \(there is no admin socket\)$/],
  ],
  [
    "a link that is up at one end alone",
    { b: told("b", linkAs("c", broken)) },
    [/^1 of 3 links, 1 of 1 tunnel, .*link b - c is up at c alone: down at b \(TIMEOUT: no answer\)$/],
  ],
  [
    "the end of a link that refuses, before the one that hears nothing",
    {
      b: told("b", linkAs("c", broken)),
      c: told("c", linkAs("b", { ...broken, state: "refused", code: "REVOKED", text: "it has been revoked" })),
    },
    [/First: link b - c is refused at c \(REVOKED: it has been revoked\)$/],
  ],
  [
    "a tunnel whose node says why it reaches nobody, in its words",
    {
      a: told("a", ({ tunnels, paths }) => ({
        connections: [],
        tunnels: tunnels.map((tunnel) => ({ ...tunnel, unreached: "the last attempt to connect ended by REVOKED" })),
        paths: paths.map((path) => ({ ...path, isReachable: false })),
      })),
    },
    [/First: tunnel tcp:\S+ of node a does not reach service web on d: the last attempt to connect ended by REVOKED$/],
  ],
  [
    "a node whose identity is of another CA, which trusts that alone, and not its neighbours that refuse it",
    {
      c: {
        ...holding("c", { certificate: identityOf("vertex/c", TWO) }),
        ...told("c", (status) => ({
          links: status.links.map((link) => ({ ...link, ...broken, state: "refused" as const, code: "UNTRUSTED" })),
        })),
      },
      b: told("b", linkAs("c", { ...broken, state: "refused", code: "UNTRUSTED_BY_PEER" })),
    },
    [
      /^1 of 4 nodes, .*First: node c: the identity of vertex\/c is of another CA than the mesh, and trusts that alone \(root 2222222222222222…; 3 of 4 nodes trust 1111111111111111…\)$/,
    ],
  ],
  [
    "a node that trusts another CA than all, though its own certificate is of the mesh's",
    {
      c: holding("c", {
        certificate: {
          ...identityOf("vertex/c"),
          certificates: identityOf("vertex/c", TWO).certificates.slice(1),
        },
      }),
    },
    [/node c: the identity of vertex\/c does not trust the CA of the mesh \(root 2222222222222222…; 3 of 4/],
  ],
  [
    "a user whose identity is of another CA",
    { a: told("a", () => ({ certificates: [identityOf("user/alice", TWO, [ONE])] })) },
    [/node a: the certificate of user\/alice is of another CA than the mesh \(root 2222222222222222…/],
  ],
  [
    "CAs of which none has the most nodes",
    {
      c: holding("c", { certificate: identityOf("vertex/c", TWO) }),
      d: holding("d", { certificate: identityOf("vertex/d", TWO) }),
    },
    [/nodes trust different CAs, and none has the most nodes: root 1{16}… by a and b; root 2{16}… by c and d$/],
  ],
  [
    "nodes without the newest revocation list",
    {
      a: holding("a", { revocation: listsOf({ "CN=CA": "10" }) }),
      b: holding("b", { revocation: listsOf({ "CN=CA": "9" }) }),
      c: holding("c", { revocation: listsOf({ "CN=CA": "10" }) }),
    },
    [
      /node a: cluster-flor has no revocation list of CN=CA, and a and c list 10: whom that revokes is let in$/,
      /^node b: link-flor has revocation list 9 of CN=CA, and a and c list 10: whom that revokes is let in$/,
      /^node d: link-flor has no revocation list of CN=CA, and a and c list 10: whom that revokes is let in$/,
    ],
  ],
  [
    "an upgrade that is half done, which keeps nothing from being whole",
    { c: { linkFlor: { status: { ...linkStatus("c"), version: "0.0.9" } } } },
    [/^an upgrade is half done: nodes run different versions: 0\.1\.0 on a, b, c and d; 0\.0\.9 on c$/],
  ],
  [
    "a link that is down at both ends, once",
    { b: told("b", linkAs("c", broken)), c: told("c", linkAs("b", broken)) },
    [/First: link b - c is down at b \(TIMEOUT: no answer\)$/],
  ],
  [
    "a node that has not got its new config",
    {
      d: told("d", () => ({ links: [], services: [] })),
      b: told("b", ({ paths }) => ({ paths: paths.map((path) => ({ ...path, labels: [1, 2] })) })),
    },
    [
      /^2 of 4 nodes, 1 of 3 links, .*node b: it runs another config .*: another path web\.\S+: labels$/,
      /^node d: it runs another config .*: no link c; no service web$/,
      /^a rollout is half done, or .*: 2 of 4 nodes run what the mesh file gives them, and not b and d$/,
    ],
  ],
  [
    "what a node has beyond the mesh file",
    { a: told("a", ({ tunnels }) => ({ tunnels: [...tunnels, { ...tunnels[0]!, listen: "tcp://127.0.0.1:9" }] })) },
    [/^node a: it has what the mesh file has not: tunnel tcp:\/\/127\.0\.0\.1:9$/],
  ],
  [
    "a service that lets others in",
    { d: told("d", ({ services }) => ({ services: services.map((each) => ({ ...each, allow: ["user/eve"] })) })) },
    [/node d: .*another service web: allowed$/, /^a rollout is half done/],
  ],
  [
    "a transit that is not permitted",
    { c: told("c", () => ({ forwarding: { transit: [] } })) },
    [/node c: .*no transit b - d$/, /^a rollout is half done/],
  ],
  [
    "a tunnel without a connection, where all links are up",
    {
      a: told("a", ({ paths }) => ({
        connections: [],
        paths: paths.map((path) => ({ ...path, isReachable: null, heardMs: null })),
      })),
    },
    [/^1 of 1 tunnel\. First: tunnel tcp:\S+ of node a does not reach service web on d: there is no connection$/],
  ],
  [
    "a socket of data sessions whose far end is silent",
    { b: told("b", ({ paths }) => ({ paths: paths.map((path) => ({ ...path, isReachable: false })) })) },
    [/^1 of 1 session service\. First: socket unix:\S+ of node b does not reach service web on d: it does not answer/],
  ],
  [
    "parts that are down",
    { a: told("a", () => ({ findings: [finding("part", "portal quic is down (ERR_X: no room)")] })) },
    [/node a: portal quic is down \(ERR_X: no room\)$/],
  ],
  [
    "a cluster that link-flor cannot serve, and none that is not of this mesh",
    {
      a: toldByLinkFlor("a", {
        clusters: [],
        findings: [
          { ...finding("part", "cluster other is down"), cluster: "other" },
          { ...finding("part", "cluster demo is down"), cluster: "demo" },
        ],
      }),
    },
    [/node a: cluster demo is down$/],
  ],
  [
    "links and ways by what both ends see alone",
    {
      a: told("a", () => ({
        findings: [{ ...finding("link", "link b is down"), link: "b/0" }, finding("connection", "no connection")],
      })),
      b: toldByLinkFlor("b", { findings: [finding("link", "link to a is down"), finding("portal", "none")] }),
    },
    [],
  ],
  [
    "a link-flor that does not serve the cluster",
    { a: toldByLinkFlor("a", { clusters: [] }) },
    [/node a: link-flor does not know the cluster$/],
  ],
  [
    "a config file that is not in order",
    {
      a: toldByLinkFlor("a", { findings: [finding("config", "the config in /etc/l.yaml is not in order")] }),
    },
    [/node a: the config in \/etc\/l.yaml is not in order$/],
  ],
  [
    "a way to a node that leads to another one",
    { c: { clusterFlor: { status: clusterStatus("b") } } },
    [/node c: cluster-flor does not answer \(it is b of cluster demo that answers\)$/],
  ],
])("it names %s", (_, others, texts) => {
  const picture = drawPicture(EXPECTED, answersWith(others));
  const head = meshVerdict(picture).filter((line) => !line.startsWith("whole"));
  expect(head).toHaveLength(texts.length);
  for (const [at, text] of texts.entries()) {
    const line = head[at]!.replace(/^(?:NOT WHOLE|  and|  warning): /, "");
    expect(line).toMatch(new RegExp(text.source.replace(/\$$/, "\\. \\S")));
  }
});

test("what is extra on a node, and the labels of a mesh without its lock file, keep nothing from being whole", () => {
  const others = {
    a: told("a", ({ tunnels }) => ({ tunnels: [...tunnels, { ...tunnels[0]!, listen: "tcp://127.0.0.1:9" }] })),
  };
  expect(drawPicture(EXPECTED, answersWith(others)).isWhole).toBe(true);
  const relabeled = {
    b: told("b", ({ paths }) => ({ paths: paths.map((path) => ({ ...path, labels: [1, 2] })) })),
  };
  expect(drawPicture(EXPECTED, answersWith(relabeled)).isWhole).toBe(false);
  expect(drawPicture({ ...EXPECTED, hasLabels: false }, answersWith(relabeled)).isWhole).toBe(true);
});

test("an idle tunnel that keeps no connection is not broken", () => {
  const idle = told("a", ({ tunnels, paths }) => ({
    connections: [],
    tunnels: tunnels.map((tunnel) => ({ ...tunnel, keepMs: 60_000 })),
    paths: paths.map((path) => ({ ...path, isReachable: null })),
  }));
  const picture = drawPicture(EXPECTED, answersWith({ a: idle }));
  expect(picture.isWhole).toBe(true);
  expect(picture.leads).toMatchObject([
    { kind: "tunnel", listen: TUNNEL, state: "idle" },
    { kind: "session", listen: SESSIONS, state: "reachable" },
  ]);
});

test("link-flor that nobody asks is not missed", () => {
  const unasked = Object.fromEntries(NODES.map((node) => [node, { linkFlor: undefined }]));
  expect(drawPicture(EXPECTED, answersWith(unasked)).isWhole).toBe(true);
});

test("rows fit the width, however broken the mesh is", () => {
  const long = { state: "refused", code: "TIMEOUT", text: "no answer ".repeat(20), figures: null } as const;
  const silence = "x".repeat(200);
  const others = { b: told("b", linkAs("c", long)), c: told("c", linkAs("b", long)), d: silentNode(silence) };
  const [, ...rest] = formatPicture(drawPicture(EXPECTED, answersWith(others)), WIDTH).split("\n\n");
  for (const line of rest.join("\n").split("\n")) expect(line.length).toBeLessThanOrEqual(WIDTH);
});

const output = (clusterFlor: string, linkFlor: string): string =>
  `Welcome\n--- cluster-flor\n${clusterFlor}\n--- link-flor\n${linkFlor}\n`;

test("what a node prints is read, whatever else its shell says", () => {
  const { clusterFlor, linkFlor } = readNodeOutput(
    output(`(node:7) Warning: old\n${JSON.stringify(clusterStatus("a"))}`, JSON.stringify(linkStatus("a"))),
  );
  expect(clusterFlor).toEqual({ status: { ...clusterStatus("a"), load: null } });
  expect(linkFlor).toEqual({ status: { ...linkStatus("a"), load: null } });
});

const a = clusterStatus("a");
test.each<[string, string, RegExp]>([
  ["nothing", "", /^it does not run what it is told, and says: nothing$/],
  ["something else", "\u001b[2Jlogin:", /says: \\u\{1b\}\[2Jlogin:$/],
  ["a program that is not there", output("sh: 3: cluster-flor: not found", ""), /^sh: 3: cluster-flor: not found$/],
  ["no line", output("", ""), /^it says nothing$/],
  ["half an answer", output('{"vertex":', ""), /^it answers what is no JSON$/],
  [
    "another thing",
    output('{"vertex":7}', ""),
    /^it shows no status of a cluster-flor of this version \(at "version"\)$/,
  ],
  [
    "states that there are none of",
    output(JSON.stringify({ ...a, links: [{ ...a.links[0], state: "\u001b[31m" }] }), ""),
    /at "links\.0\.state"/,
  ],
  ["numbers beyond all bounds", output(JSON.stringify(a).replace('"heardMs":800', '"heardMs":1e999'), ""), /heardMs/],
  ["depths without end", output(`{"links":${"[".repeat(200_000)}`, ""), /no JSON/],
  ["an error that is long", output("x".repeat(1_000_000), ""), /^x{255}…$/],
])("an answer that is %s is a reason", (_, text, reason) => {
  const { clusterFlor } = readNodeOutput(text);
  expect(clusterFlor).toEqual({ silence: expect.stringMatching(reason) as string });
});

test("texts of a node reach neither the terminal nor the picture as they are, and many things of it are bounded", () => {
  const evil = "\u001b]0;owned\u0007\u202e".repeat(100);
  const links = Array.from({ length: 5_000 }, (_, at) => ({ ...a.links[0]!, name: `${at}${evil}` }));
  const raw = { ...a, version: evil, links: [...a.links.map((link) => ({ ...link, text: evil })), ...links] };
  const { clusterFlor } = readNodeOutput(output(JSON.stringify(raw), ""));
  const picture = drawPicture(EXPECTED, answersWith({ a: { clusterFlor } }));
  expect(picture.differences.length).toBeLessThanOrEqual(100);
  const all = JSON.stringify(picture);
  expect(all).not.toMatch(/\\u001b|\\u0007|\u202e/);
  expect(all.length).toBeLessThan(100_000);
  expect(meshVerdict(picture)[1]).toMatch(/and 96 more/);
});

test("the script quotes the paths of sockets for the shell", () => {
  const sockets = { linkFlorio: "", clusterFlorio: "", clusterAdmin: "/run/it's $HOME/a.sock", linkAdmin: "/l.sock" };
  expect(nodeScript(sockets)).toContain(`--admin '/run/it'\\''s $HOME/a.sock' </dev/null`);
});
