/**
 * Runs programs that have just been bundled, once each, so that V8's code of the functions that they need to start lies beside them.
 * They only check a config, with identities of a cluster that is made for this, and open no socket: the code is the same at each build.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

type ProgramName = "link-flor" | "cluster-flor" | "fabric-flor" | "vpn-flor" | "control-flor" | "store-flor" | "flor";

const KEEP_COMPILED = new URL("keep-compiled.ts", import.meta.url).href;
/** V8 hashes names with a random number, which goes into the code. With this seed the code is the same at each build. */
const EQUAL_EACH_TIME = "--random-seed=1";

/**
 * @param folderOf where a program's bundle is
 * @throws Error when a program fails, with what it has said
 */
export async function rehearse(folderOf: (name: ProgramName) => string): Promise<void> {
  const lab = mkdtempSync(join(tmpdir(), "florenetes-rehearsal-"));
  const run = async (name: ProgramName, command: string): Promise<string> => {
    const program = [EQUAL_EACH_TIME, "--import", KEEP_COMPILED, "--disable-sigusr1", join(folderOf(name), "main.js")];
    return (await promisify(execFile)(process.execPath, [...program, ...command.split(" ")], { cwd: lab })).stdout;
  };
  const check = async (name: ProgramName, config: string): Promise<void> => {
    writeFileSync(join(lab, `${name}.yaml`), config);
    await run(name, `check --config ${name}.yaml`);
  };
  try {
    const fabric = await run("flor", "fabric init --cluster demo --operators alice,bob --out fabric");
    await run("flor", "ca init --cluster demo --out ca");
    await run("flor", "ca issue vertex a --ca ca --out vertex");
    await run("flor", "ca issue user alice --ca ca --out user");
    const root = /sha256:\w+/.exec(fabric)![0];
    await Promise.all([
      check("link-flor", LINK_CONFIG),
      check("cluster-flor", CLUSTER_CONFIG),
      check("fabric-flor", `${FABRIC_CONFIG}root: ${root}\n`),
      check("vpn-flor", VPN_CONFIG),
      check("control-flor", CONTROL_CONFIG),
      check("store-flor", STORE_CONFIG),
    ]);
  } finally {
    rmSync(lab, { recursive: true });
  }
}

const CONTROL_CONFIG = `
cluster: demo
admin: admin-control.sock
agent: admin-fabric.sock
state: state-control
listen: api.sock
readers: [ { principals: [ user/alice ], organizations: all } ]
`;

const LINK_CONFIG = `
state: state-link
admin: admin-link.sock
clusters:
  demo: { vertex: a, identity: vertex, listen: "udp://127.0.0.1:4433", bind: link.sock, connect: florio.sock }
`;
const CLUSTER_CONFIG = `
cluster: demo
vertex: a
portals: { quic: { bind: florio.sock, connect: link.sock } }
state: state-cluster
admin: admin-cluster.sock
links: { b: { portal: quic, role: originator, peer: b, endpoint: "udp://127.0.0.2:4433", label: 101 } }
paths: { to-web: { link: b, labels: [900] } }
tunnels: [{ listen: "tcp://127.0.0.1:18080", as: user, service: web, path: to-web }]
`;
const FABRIC_CONFIG = `
cluster: demo
node: a
state: state-fabric
admin: admin-fabric.sock
door: door.sock
sessions: sessions.sock
listen: agent.sock
root-file: fabric/root.fact
`;
const VPN_CONFIG = `
cluster: demo
admin: admin-vpn.sock
up: { pool: main, session: mesh.sock, mesh-user: 0 }
`;
const STORE_CONFIG = `
cluster: demo
node: a
admin: admin-store.sock
listen: store.sock
storage: { state: state-store, tunnels: tunnels, agent: admin-fabric.sock, budget: 1 GB }
`;
