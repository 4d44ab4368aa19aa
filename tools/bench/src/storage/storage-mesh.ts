import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Lab, openLab, programArguments } from "@florenetes/meshlab";
import { type AdminServer, openAdminServer } from "@florenetes/process-kit";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { type Running, start } from "../measures/programs.ts";

const HOLDERS = ["b", "c", "d"] as const;
/** Each holder has each shard. */
export const COPIES: number = HOLDERS.length;
const COLLECTION = { scope: "cluster", name: "bench" };
const RSYNC_PORT = 8_730;
const READY = '"code":"READY"';
const READY_MS_MAX = 30_000;

/**
 * Three holders behind one relay, and a client:
 *
 *               ┌── b
 *     a ─── r ──┼── c
 *               └── d, with a server of rsync, too
 */
export interface StorageMesh extends AsyncDisposable {
  readonly lab: Lab;
  /** A folder of the client. */
  readonly folder: string;
  /** The file of an identity of age that opens what is put. */
  readonly identity: string;
  /** The folder of the server of rsync, as its client at a names it. */
  readonly rsync: string;
  /** The arguments of a command `flor store …` at a. */
  store(command: string, ...more: readonly string[]): readonly string[];
}

/** Raises the mesh, and waits until all holders serve. */
export async function openStorageMesh(): Promise<StorageMesh> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "bench-storage-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const identity = await generateX25519Identity();
  writeFileSync(join(folder, "identity"), `${identity}\n`, { mode: 0o600 });
  const agent = join(folder, "agent.sock");
  const recipient = await identityToRecipient(identity);
  for (const node of ["a", ...HOLDERS]) mkdirSync(join(folder, `from-${node}`));
  for (const node of ["a", ...HOLDERS]) stack.use(await openAgent(`${agent}.${node}`, node, recipient));
  const lab = stack.use(await openLab(meshIn(folder), { mode: "netns" }));
  for (const node of HOLDERS) stack.use(await startHolder(lab, folder, node));
  stack.use(startRsync(lab, folder));
  await lab.up();
  const held = stack.move();
  const where = ["--tunnels", join(folder, "from-a"), "--agent", `${agent}.a`];
  const collection = `${COLLECTION.scope}/${COLLECTION.name}`;
  return {
    lab,
    folder,
    identity: join(folder, "identity"),
    rsync: `rsync://127.0.0.1:${RSYNC_PORT}/bench`,
    store: (command, ...more) => [
      process.execPath,
      ...programArguments("flor"),
      "store",
      command,
      collection,
      ...more,
      ...where,
    ],
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function meshIn(folder: string): MeshFileInput {
  const nodes = ["r", "a", ...HOLDERS];
  const services = Object.fromEntries(
    HOLDERS.map((node) => [
      `storage.${node}`,
      {
        node,
        target: `unix:${join(folder, `${node}.store`)}`,
        "proxy-protocol": "v2" as const,
        allow: ["user/alice", ...HOLDERS.map((other) => `service/storage.${other}`)],
      },
    ]),
  );
  const tunnelsAt = (node: string, as: string): NonNullable<MeshFileInput["tunnels"]> =>
    HOLDERS.filter((other) => other !== node).map((other) => ({
      node,
      listen: `unix:${join(folder, `from-${node}`, `${other}.sock`)}`,
      as,
      service: `storage.${other}`,
      path: [node, "r", other],
      class: "bulk",
    }));
  const rsync = { node: "d", target: `tcp://127.0.0.1:${RSYNC_PORT}`, allow: ["user/alice"] };
  const tunnel = { node: "a", listen: `tcp://127.0.0.1:${RSYNC_PORT}`, as: "user/alice", service: "rsync" };
  return {
    cluster: "bench",
    nodes: Object.fromEntries(nodes.map((node) => [node, {}])),
    links: nodes.slice(1).map((node) => ({ between: [node, "r"] })),
    services: { ...services, rsync },
    tunnels: [
      { ...tunnel, path: ["a", "r", "d"], class: "bulk" },
      ...tunnelsAt("a", "user/alice"),
      ...HOLDERS.flatMap((node) => tunnelsAt(node, `service/storage.${node}`)),
    ],
  };
}

/** Answers for the agent of a node: here is no fabric, and nobody signs a record. */
function openAgent(path: string, node: string, recipient: string): Promise<AdminServer> {
  const collection = {
    ...COLLECTION,
    epoch: 1,
    recoveryEpoch: 1,
    copies: COPIES,
    holders: HOLDERS.map((holder) => ({ node: holder, domain: holder })),
    readers: [],
    writers: ["user/alice"],
    retention: 0,
    unretained: [],
    budget: 1e12,
    recipients: [recipient],
  };
  const routes = { "/collections": () => ({ cluster: "bench", node, collections: [collection] }) };
  return openAdminServer({ path, routes, actions: {}, onError: () => undefined });
}

async function startHolder(lab: Lab, folder: string, node: string): Promise<Running> {
  const at = (name: string): string => join(folder, `${node}.${name}`);
  mkdirSync(at("state"));
  const sockets = { admin: at("admin"), control: at("control"), listen: at("store") };
  const storage = {
    state: at("state"),
    tunnels: join(folder, `from-${node}`),
    agent: join(folder, `agent.sock.${node}`),
    budget: "100 GB",
  };
  writeFileSync(at("yaml"), JSON.stringify({ cluster: "bench", node, ...sockets, storage }));
  const running = start(lab, node, [
    process.execPath,
    ...programArguments("store-flor"),
    "run",
    "--config",
    at("yaml"),
  ]);
  if (!(await running.untilSays(READY, READY_MS_MAX))) throw new Error(`no holder at ${node}: ${running.said()}`);
  return running;
}

function startRsync(lab: Lab, folder: string): Running {
  const config = join(folder, "rsyncd.conf");
  const kept = join(folder, "rsync");
  mkdirSync(kept);
  writeFileSync(
    config,
    `use chroot = no\naddress = 127.0.0.1\nuid = 0\ngid = 0\n[bench]\n  path = ${kept}\n  read only = no\n`,
  );
  // With a socket as its input, as pipes of Node are, rsync serves that one alone.
  const daemon = `exec rsync --daemon --no-detach --port=${RSYNC_PORT} --config=${config} < /dev/null`;
  return start(lab, "d", ["sh", "-c", daemon]);
}
