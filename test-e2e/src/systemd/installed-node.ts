import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { florCommand, runToEnd } from "../executables.ts";

const INSTALL = fileURLToPath(new URL("../../../tools/install-units/dist/main.js", import.meta.url));
/** The far node runs beside the units, without them, and has its files here. */
const SITE = "/srv/site";
const MESH = `
cluster: example
nodes:
  home: { listen: 127.0.0.2 }
  site:
    address: 127.0.0.1
    listen: 127.0.0.1
    dirs: ${JSON.stringify({
      identity: `${SITE}/identity`,
      "run-link": `${SITE}/run-link`,
      "run-cluster": `${SITE}/run-cluster`,
      "state-link": `${SITE}/state-link`,
      "state-cluster": `${SITE}/state-cluster`,
    })}
links:
  - { between: [home, site] }
services:
  web: { node: site, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
tunnels:
  - { node: home, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: [home, site] }
`;

/** Commands that run the far node. */
export const FAR_NODE: readonly (readonly string[])[] = ["link-flor", "cluster-flor"].map((name) => [
  `/opt/florenetes/current/bin/${name}`,
  "run",
  "--config",
  `${SITE}/${name}.yaml`,
]);

/**
 * Does below a root what README.md and docs/systemd.md say: an install, a mesh of two nodes, and the files of both where they are
 * expected.
 *
 * @param folder where the mesh is made: an empty one
 */
export async function installNodes(folder: string, root: string): Promise<void> {
  const installed = succeed([process.execPath, INSTALL, "--root", root]);
  const flor = (...args: string[]): Promise<void> => succeed([...florCommand(), ...args]);
  const [mesh, ca, nodes] = ["mesh.yaml", "ca", "nodes"].map((name) => join(folder, name)) as [string, string, string];
  writeFileSync(mesh, MESH);
  await flor("ca", "init", "--cluster", "example", "--out", ca);
  await Promise.all([
    installed,
    flor("mesh", "render", mesh, "--out", nodes),
    flor("ca", "issue", "vertex", "home", "--ca", ca, "--out", join(nodes, "home/identity/vertex")),
    flor("ca", "issue", "user", "alice", "--ca", ca, "--out", join(nodes, "home/identity/user/alice")),
    flor("ca", "issue", "vertex", "site", "--ca", ca, "--out", join(nodes, "site/identity/vertex")),
    flor("ca", "issue", "service", "web", "--ca", ca, "--out", join(nodes, "site/identity/service/web")),
  ]);
  const etc = join(root, "etc/florenetes");
  cpSync(join(nodes, "home/identity"), join(etc, "example"), { recursive: true });
  cpSync(join(nodes, "home/cluster-flor.yaml"), join(etc, "example/cluster-flor.yaml"));
  cpSync(join(nodes, "home/link-flor.yaml"), join(etc, "link-flor.yaml"));
  cpSync(join(nodes, "site"), join(root, SITE), { recursive: true });
  for (const name of ["run-link", "run-cluster"]) mkdirSync(join(root, SITE, name));
}

async function succeed(argv: readonly string[]): Promise<void> {
  const { code, stderr } = await runToEnd(argv);
  expect(code, `${argv.join(" ")}: ${stderr}`).toBe(0);
}
