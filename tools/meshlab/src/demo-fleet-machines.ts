/** Nodes of the demo of a fleet as machines: each has packages of its own, and nothing of it comes to the machine on which the demo runs. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { untilSaid } from "./child-process.ts";
import { programArguments, type VertexCommand } from "./executables.ts";
import type { Lab } from "./lab.ts";

/** Debian's package libfaketime has this library, by which agents have a clock of their own where the lab's folder has such a file. */
export const FAKETIME: string = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketimeMT.so.1`;
export const AGENTS_CLOCK = "agents-clock";
/** The unit of the agent, as update-flor knows it. */
const UNIT = "fabric-flor@demo.service";
/** The folder of the agent's admin socket on a machine with packages. */
const RUN = "/run/florenetes-fabric-demo";

/**
 * Stands for systemd on a node: it restarts the agent, says whether that runs, and starts what goes on with an update. update-flor calls it by the words that it has for
 * systemd.
 */
const SYSTEMCTL = `#!/bin/sh
lives() { kill -0 "$(cat "/run/units/$1" 2>/dev/null)" 2>/dev/null; }
state() { if lives "$1"; then echo "ActiveState=active"; else echo "ActiveState=inactive"; fi; }
case " $* " in
*" is-active "*) exit 3 ;;
*" show "*Job*) state undo ;;
*" show "*) echo "Id=${UNIT}"; state agent ;;
*" restart "*)
  rm -f /run/units/agent /run/units/failed
  : > /run/units/again
  lives first && kill -TERM "$(cat /run/units/first)"
  for look in $(seq 300); do
    sleep 0.1
    lives agent && [ -S "$(readlink ${RUN}/admin.sock)" ] && exit 0
    [ -e /run/units/failed ] && break
  done
  echo "Job for ${UNIT} failed." >&2
  exit 1 ;;
*" start "*)
  setsid sh -c "$(sed -n "s/^ExecStart=/exec /p" /etc/systemd/system/florenetes-update-undo.service)" >> /run/units/undo.log 2>&1 &
  echo $! > /run/units/undo ;;
esac
exit 0
`;

/**
 * Runs the agent of a node, as its packages have it, and again as often as \`systemctl restart\` says. Its own words are those of \`fabric-flor\`, and two before them: the
 * process that has the node's files, and the agent's admin socket.
 */
const AGENT = `
export FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_TIMESTAMP_FILE="$FLORENETES_LAB/${AGENTS_CLOCK}"
files=$(cat "$FLORENETES_LAB/machines/$FLORENETES_NODE.pid")
exec nsenter --mount=/proc/$files/ns/mnt sh -c '
  trap "ended=1; kill -TERM \\$first 2>/dev/null" TERM
  while [ -z "$ended" ]; do
    rm -f /run/units/again /run/units/failed
    if [ -e "$FAKETIME_TIMESTAMP_FILE" ]; then LD_PRELOAD=${FAKETIME} /usr/bin/fabric-flor "$@" & else /usr/bin/fabric-flor "$@" & fi
    first=$!
    echo $first > /run/units/first
    cp /run/units/first /run/units/agent
    while kill -0 $first 2>/dev/null; do wait $first; done
    rm -f /run/units/agent
    [ -e /run/units/again ] || : > /run/units/failed
    while [ ! -e /run/units/again ] && [ -z "$ended" ]; do sleep 0.1; done
  done' fabric-flor "$@"`;

/** Makes the files of a node, installs the first packages, and has update-flor run whenever the agent has a release for it. Its words: folder, spool, first package, and those of update-flor. */
const FILES = `set -eu
own=$1 spool=$2 first=$3; shift 3
mount -t tmpfs -o mode=755 own "$own"
for part in etc usr var/lib var/cache var/log; do
  mkdir -p "$own/new/$part" "$own/work/$part"
  mount -t overlay -o "lowerdir=/$part,upperdir=$own/new/$part,workdir=$own/work/$part" own "/$part"
done
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o size=1m clock /dev/shm
mkdir -p /run/units ${RUN} /usr/local/sbin /etc/systemd/system
cp "$FLORENETES_LAB/machines/systemctl" /usr/local/sbin/systemctl
ln -s "$FLORENETES_ADMIN" ${RUN}/admin.sock
dpkg --install "$first" > /run/units/dpkg.log
echo ready
while sleep 0.3; do [ ! -e "$spool/order.json" ] || "$@" >> "$FLORENETES_UPDATE_LOG" 2>&1 || true; done`;

/** All that a machine of the demo is made of. */
export interface MachineParts {
  /** The admin socket of the node's agent, and the folder into which that puts releases. */
  readonly admin: string;
  readonly spool: string;
  /** The file of the package that it has at first. */
  readonly firstPackage: string;
  /** The fingerprint of the root of the fabric, and the file with that of the repository. */
  readonly fingerprint: string;
  readonly repositoryRoot: string;
}

/** The words that run the agents of such machines in the place of fabric-flor. */
export const MACHINE_AGENT: VertexCommand = ["sh", "-c", AGENT, "sh"];

/** The file in which update-flor of a node says how it went. */
export function updateStatusOf(lab: Lab, node: string): string {
  return join(stateOf(lab, node), "status.json");
}

/** Makes the machine of a node, which lives as long as its process. @throws OperatorError as `untilSaid` */
export async function startMachine(lab: Lab, node: string, parts: MachineParts): Promise<void> {
  const machines = machinesOf(lab);
  const [own, state, config] = [join(machines, node), stateOf(lab, node), join(machines, `${node}.yaml`)];
  for (const folder of [own, state]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(machines, "systemctl"), SYSTEMCTL);
  chmodSync(join(machines, "systemctl"), 0o755);
  writeFileSync(
    config,
    JSON.stringify({
      cluster: lab.mesh.cluster,
      node,
      channel: "stable",
      spool: parts.spool,
      state,
      root: parts.fingerprint,
      "repository-root": parts.repositoryRoot,
    }),
  );
  const update = [process.execPath, "--disable-sigusr1", ...programArguments("update-flor"), "run", "--config", config];
  const files = ["sh", "-c", FILES, "sh", own, parts.spool, parts.firstPackage, ...update];
  const told = [`FLORENETES_ADMIN=${parts.admin}`, `FLORENETES_UPDATE_LOG=${join(machines, `${node}.log`)}`];
  const argv = ["env", ...told, "unshare", "--mount", "--propagation", "private", ...files];
  const child = lab.spawn(node, argv, { stdio: ["ignore", "pipe", "inherit"] });
  writeFileSync(join(machines, `${node}.pid`), String(child.pid));
  await untilSaid(child, `the machine of node ${node}`);
}

/** The version of the package of a node, as dpkg says there; "": it does not answer. */
export async function versionOf(lab: Lab, node: string): Promise<string> {
  const files = readFileSync(join(machinesOf(lab), `${node}.pid`), "utf8");
  const query = ["dpkg-query", "--showformat=${Version}", "--show", "florenetes-node"];
  return (await lab.exec(node, ["nsenter", `--mount=/proc/${files}/ns/mnt`, ...query])).stdout;
}

function machinesOf(lab: Lab): string {
  return join(lab.folder, "machines");
}

/** update-flor's own folder lies beside the node's other files: so a second name of Node's file is enough for its runner. */
function stateOf(lab: Lab, node: string): string {
  return join(dirname(lab.configFile(node, "cluster-flor")), "update");
}
