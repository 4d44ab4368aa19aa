import { type MeshFileInput, parseMeshObject, parseNodeConfig, renderMesh } from "@florenetes/mesh-file";
import type { ExpectedMesh } from "../src/mesh-status/mesh-picture.ts";
import { readClusterFacts, readLinkFacts } from "../src/mesh-status/node-answer.ts";
import type { ClusterFacts, LinkFacts, NodeAnswer, ProgramAnswer } from "../src/mesh-status/node-facts.ts";

export const TUNNEL = "tcp://127.0.0.1:18080";
export const SESSIONS = "unix:/run/chat.sock";

/** Four nodes in a line; a has a tunnel, and b a socket of data sessions, to a service of d. */
export const MESH: MeshFileInput = {
  cluster: "demo",
  nodes: { a: {}, b: { address: "b.test" }, c: { address: "c.test" }, d: { address: "d.test" } },
  links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
  services: { web: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
  tunnels: [{ node: "a", listen: TUNNEL, as: "user/alice", service: "web", path: ["a", "b", "c", "d"] }],
  sessions: [{ node: "b", listen: SESSIONS, as: "user/alice", services: { web: { path: ["b", "c", "d"] } } }],
};

const { mesh } = parseMeshObject(MESH);
let drawn = 0;
const rendered = renderMesh(mesh, (limit) => (drawn = (drawn * 31 + 7) % limit));
const configs = new Map(
  rendered.nodes.map(({ name, clusterFlor }) => [name, parseNodeConfig(clusterFlor, name)] as const),
);

export const EXPECTED: ExpectedMesh = { mesh, configs, hasLabels: true };
export const NODES: readonly string[] = mesh.nodes.map(({ name }) => name);

/** An identity of the CA with that fingerprint; it trusts that CA and the others. */
export function identityOf(
  principal: string,
  root = "11".repeat(32),
  others: readonly string[] = [],
): ClusterFacts["certificates"][number] {
  const roots = [root, ...others].map((fingerprint) => ({ role: "root", issuer: `CN=${fingerprint}`, fingerprint }));
  return { principal, certificates: [{ role: "leaf", issuer: `CN=${root}`, fingerprint: "00" }, ...roots] };
}

/** Lists in force, by the names of their CAs. */
export function listsOf(numbers: Readonly<Record<string, string>>): LinkFacts["clusters"][number]["revocation"] {
  return { lists: Object.entries(numbers).map(([issuer, number]) => ({ issuer, number })) };
}

const told = { version: "0.1.0", startedAt: "2026-11-20T10:00:00.000Z", findings: [] };
const figures = {
  rttMs: 1.25,
  lossRatio: 0.021,
  sentBitsPerSecond: 1_500_000,
  receivedBitsPerSecond: 980,
  queueLength: 3,
  packetsDropped: 2,
};
const pressure = { level: "nominal", score: 12, reasons: [], action: "none" };

/** The status of a cluster-flor in a whole mesh, as far as it is read. */
export function clusterStatus(node: string, changes: object = {}): ClusterFacts {
  const own = configs.get(node)!;
  const raw = {
    ...told,
    vertex: node,
    cluster: "demo",
    links: Object.entries(own.links).map(([name, { peer, role }]) => {
      return {
        name,
        peer,
        role,
        tag: "0",
        state: "up",
        code: "",
        text: "",
        isNeverContacted: false,
        figures,
        packetsDropped: 1,
      };
    }),
    forwarding: {
      transit: own.transit.flatMap(([one, other]) => [
        { inLink: one, outLink: other },
        { inLink: other, outLink: one },
      ]),
    },
    paths: Object.entries(own.paths).map(([name, { link, labels }]) => {
      return { name, link: link ?? null, labels, isUsable: true, isReachable: true, heardMs: 800, switches: [] };
    }),
    tunnels: own.tunnels.map(({ listen, service, path }) => {
      return {
        listen,
        as: "user/alice",
        service,
        path,
        class: "bulk",
        keepMs: null,
        isListening: true,
        text: "",
        unreached: "",
        connections: { open: 2, total: 10, refused: {} },
      };
    }),
    sessions: own.sessions.map(({ listen, services }) => {
      const leads = Object.entries(services).map(([name, { path }]) => ({
        name,
        service: name,
        path,
        unreached: "",
        connections: { open: 0, total: 0, refused: {} },
      }));
      return { listen, as: "user/alice", isListening: true, text: "", services: leads };
    }),
    services: Object.entries(own.services).map(([name, { label, allow }]) => {
      return {
        name,
        label,
        target: "tcp://127.0.0.1:8080",
        allow,
        text: "",
        connections: { open: 1, total: 5, refused: {} },
      };
    }),
    connections: own.tunnels.map(({ service, path }) => {
      return { direction: "originated", state: "established", service, path, class: "bulk" };
    }),
    certificates: own.tunnels.map(() => identityOf("user/alice")),
    revocation: own.tunnels.length === 0 ? null : listsOf({}),
    pressure,
    drops: { forwarding: { unknownLabel: 4 }, transport: {}, florio: {} },
    ...changes,
  };
  return statusIn(readClusterFacts(raw));
}

/** The status of a link-flor in a whole mesh, as far as it is read. */
export function linkStatus(node: string, changes: object = {}): LinkFacts {
  const principal = `vertex/${node}`;
  const cluster = { cluster: "demo", principal, certificate: identityOf(principal), revocation: listsOf({}) };
  const drops = { udp: { malformed: 1 }, florio: {} };
  const own = { ...cluster, drops, links: [{ drops: { queueFull: 5 } }] };
  return statusIn(readLinkFacts({ ...told, clusters: [own], pressure, ...changes }));
}

/** The answers of all nodes of a whole mesh, some of them replaced. */
export function answersWith(
  others: Readonly<Record<string, Partial<NodeAnswer>>> = {},
): ReadonlyMap<string, NodeAnswer> {
  return new Map(
    NODES.map((node) => {
      const well = { clusterFlor: { status: clusterStatus(node) }, linkFlor: { status: linkStatus(node) } };
      return [node, { ...well, ...others[node] }];
    }),
  );
}

function statusIn<Status>(answer: ProgramAnswer<Status>): Status {
  if (answer === undefined || "silence" in answer) throw new Error(answer?.silence);
  return answer.status;
}
