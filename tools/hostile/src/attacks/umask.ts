import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { programArguments, type ProcessName } from "@florenetes/meshlab";
import type { Attack, Check } from "../attack.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";

const PROCESSES: readonly ProcessName[] = ["link-flor", "cluster-flor"];
/** Runs a command with a umask that takes nothing away. */
const WITHOUT_UMASK = ["sh", "-c", 'umask 000; exec "$@"', "sh"];
const WRITABLE_BY_OTHERS = 0o022;
const FOR_EVERYBODY = 0o007;
const FOR_THE_GROUP = 0o070;
const MESH = "cluster: demo\nnodes: { a: {}, b: { address: 192.0.2.1 } }\nlinks: [{ between: [a, b] }]\n";
/** All that flor makes: a CA, identities, a revocation list, config files, a request for a certificate. */
const FLOR = [
  "ca init --cluster demo --out deep/down/ca",
  "ca issue vertex a --ca deep/down/ca --out nodes/a/identity/vertex",
  "ca issue user alice --ca deep/down/ca --out nodes/a/identity/user/alice",
  "ca revoke user/alice --ca deep/down/ca",
  "mesh render mesh.yaml --out nodes",
  "identity request vertex b --cluster demo --out nodes/b/identity/vertex",
];

export const umask: Attack = {
  name: "umask",
  by: "local user",
  description:
    "Looks for what anybody may write, and for keys that anybody may read, after flor and both programs of a node have run with a umask of 000.",
  held: "there is no such folder or file, and sockets are for the programs' group at most.",
  isAlone: true,
  run: async (ground) => {
    const commands = PROCESSES.map((name) => commandOf(ground, name));
    const checks = [checkModes("flor", await runFlor(ground))];
    // The programs ask for a mode of each file and socket that they make, so the check holds with any umask: it shows that no program
    // forgets to ask. Their own umask matters only until a socket's mode is set, which is too short to be seen from outside.
    checks.push(await runPrograms(ground, commands));
    return { packets: 0, bytes: 0, checks };
  },
};

/** The command line that a process of the attacker's node was started with. */
function commandOf(ground: Ground, name: ProcessName): readonly string[] {
  const { pid } = ground.lab.pids().find(({ node, process }) => node === "m" && process === name)!;
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
}

/** Returns the paths of all that flor has made. */
async function runFlor(ground: Ground): Promise<readonly string[]> {
  const flor = [process.execPath, ...programArguments("flor")];
  const folder = join(ground.lab.folder, "umask");
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(folder, "mesh.yaml"), MESH);
  const before = pathsIn(folder);
  for (const line of FLOR) {
    const command = [...WITHOUT_UMASK, "env", "-C", folder, ...flor, ...line.split(" ")];
    const { code, stderr } = await ground.lab.exec("m", command);
    if (code !== 0) throw new Error(`flor ${line} ended with ${code}: ${stderr}`);
  }
  return newIn(folder, before);
}

/** Runs both programs of the attacker's node without state and sockets, and judges all that they make while they run. */
async function runPrograms(ground: Ground, commands: readonly (readonly string[])[]): Promise<Check> {
  const folder = dirname(ground.lab.configFile("m", "cluster-flor"));
  await ground.clear("m");
  for (const path of pathsIn(folder)) {
    const isSocket = lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
    if (isSocket || basename(path).startsWith("state-")) rmSync(path, { recursive: true });
  }
  const before = pathsIn(folder);
  const children = commands.map((command) =>
    ground.lab.spawn("m", [...WITHOUT_UMASK, ...command], { stdio: "ignore" }),
  );
  const isUp = await eventually(async () => {
    const { clusterFlor } = await ground.lab.status("m");
    return clusterFlor?.links.every(({ state }) => state === "up") === true;
  });
  const check = checkModes("link-flor and cluster-flor", newIn(folder, before));
  for (const child of children) child.kill();
  if (!isUp) throw new Error("the programs do not come up with a umask of 000");
  return check;
}

function checkModes(who: string, paths: readonly string[]): Check {
  const open = paths.filter((path) => (lstatSync(path).mode & forbiddenOf(path)) !== 0);
  const text = `${who} made ${paths.length} paths, ${open.length} of them open to others`;
  return {
    isHeld: paths.length > 0 && open.length === 0,
    text: open.length === 0 ? text : `${text}: ${open.join(", ")}`,
  };
}

/** The mode bits that a file must not have: sockets are for the group that their configs name, and keys only for their owner. */
function forbiddenOf(path: string): number {
  if (lstatSync(path).isSocket()) return FOR_EVERYBODY;
  return path.endsWith("key.pem") ? FOR_EVERYBODY | FOR_THE_GROUP : WRITABLE_BY_OTHERS;
}

function newIn(folder: string, before: readonly string[]): readonly string[] {
  return pathsIn(folder).filter((path) => !before.includes(path));
}

function pathsIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
}
