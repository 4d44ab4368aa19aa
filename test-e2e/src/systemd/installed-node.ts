import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { florCommand, runToEnd } from "../executables.ts";

const INSTALL = fileURLToPath(new URL("../../../tools/package/dist/main.js", import.meta.url));
const RELEASE = "/opt/florenetes/current/bin";
/** A cluster whose name cannot be that of a user. The test that adds the cluster puts its files in place for home, from `ADDED`. */
export const OTHER = "other.site";
const ADDED = "/srv/added/etc";

/** The mesh of a cluster, with one link: from home, where `port` is this cluster's own, to a far node. Far nodes run beside the units, and
 *  have their files in /srv. */
function meshOf(cluster: string, far: string, port: number, tunnel: number): string {
  const dirs = ["identity", "run-link", "run-cluster", "state-link", "state-cluster"];
  const places = JSON.stringify(Object.fromEntries(dirs.map((name) => [name, `/srv/${far}/${name}`])));
  return `
cluster: ${cluster}
nodes:
  home: { listen: 127.0.0.2, port: ${port} }
  ${far}: { address: 127.0.0.1, listen: 127.0.0.1, port: ${port}, dirs: ${places} }
links:
  - { between: [home, ${far}] }
services:
  web: { node: ${far}, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
tunnels:
  - { node: home, listen: "tcp://127.0.0.1:${tunnel}", as: user/alice, service: web, path: [home, ${far}] }
`;
}

/** Commands that run a far node, with the programs in a folder. */
export const farNode = (far: string, programs: string): readonly (readonly string[])[] =>
  ["link-flor", "cluster-flor"].map((name) => [join(programs, name), "run", "--config", `/srv/${far}/${name}.yaml`]);

/** Commands that run the far node of the first cluster, and commands that run those of both clusters. */
export const FAR_NODE: readonly (readonly string[])[] = farNode("site", RELEASE);
export const FAR_NODES: readonly (readonly string[])[] = [...FAR_NODE, ...farNode("distant", RELEASE)];

/**
 * Does below a root what README.md and docs/operate/systemd.md say: an install, a mesh of two nodes, and the files of both where they are
 * expected. A second mesh, which has its other node for itself, is made ready to be added.
 *
 * @param folder an empty folder, in which the meshes are made
 */
export async function installNodes(folder: string, root: string): Promise<void> {
  await Promise.all([succeed([process.execPath, INSTALL, "install", "--root", root]), putNodes(folder, root)]);
}

/** Does all of that but the install. */
export async function putNodes(folder: string, root: string): Promise<void> {
  const [mesh, other, both] = ["mesh.yaml", "other.yaml", "both"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(mesh, meshOf("example", "site", 4433, 18080));
  writeFileSync(other, meshOf(OTHER, "distant", 4434, 18081));
  const [nodes, others] = await Promise.all([
    makeMesh(folder, mesh, "example", "site"),
    makeMesh(folder, other, OTHER, "distant"),
  ]);
  await flor("mesh", "render", mesh, other, "--out", both);
  const etc = join(root, "etc/florenetes");
  putHome(nodes, "example", etc);
  putHome(others, OTHER, join(root, ADDED));
  cpSync(join(both, "home/link-flor.yaml"), join(root, ADDED, "link-flor.yaml"));
  for (const [far, from] of [
    ["site", nodes],
    ["distant", others],
  ] as const) {
    const to = join(root, "srv", far);
    cpSync(join(from, far), to, { recursive: true });
    for (const name of ["run-link", "run-cluster"]) mkdirSync(join(to, name));
  }
}

/** Makes a CA, the identities and the configs of both nodes of a mesh file; returns their folder. */
async function makeMesh(folder: string, mesh: string, cluster: string, far: string): Promise<string> {
  const [ca, nodes] = [join(folder, `ca-${cluster}`), join(folder, `nodes-${cluster}`)];
  await flor("ca", "init", "--cluster", cluster, "--out", ca);
  const issue = (kind: string, name: string, to: string): Promise<void> =>
    flor("ca", "issue", kind, name, "--ca", ca, "--out", join(nodes, to));
  await Promise.all([
    flor("mesh", "render", mesh, "--out", nodes),
    issue("vertex", "home", "home/identity/vertex"),
    issue("user", "alice", "home/identity/user/alice"),
    issue("vertex", far, `${far}/identity/vertex`),
    issue("service", "web", `${far}/identity/service/web`),
  ]);
  return nodes;
}

function putHome(nodes: string, cluster: string, etc: string): void {
  cpSync(join(nodes, "home/identity"), join(etc, cluster), { recursive: true });
  cpSync(join(nodes, "home/cluster-flor.yaml"), join(etc, cluster, "cluster-flor.yaml"));
  cpSync(join(nodes, "home/link-flor.yaml"), join(etc, "link-flor.yaml"));
}

const flor = (...args: string[]): Promise<void> => succeed([...florCommand(), ...args]);

async function succeed(argv: readonly string[]): Promise<void> {
  const { code, stderr } = await runToEnd(argv);
  expect(code, `${argv.join(" ")}: ${stderr}`).toBe(0);
}
