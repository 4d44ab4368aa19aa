import { foreignText, fault, type Finding, warning } from "@florenetes/operator-text";
import type { StatusFinding } from "@florenetes/process-kit";
import {
  clusterOfAgentFolder,
  clusterOfControlFolder,
  clusterOfRunFolder,
  clusterOfStoreFolder,
  clusterOfVpnFolder,
} from "./units/places.ts";

/** The parts of a process's status that are examined. Both programs have the first ones. */
export interface ExaminedStatus {
  readonly process: { readonly pid: number; readonly openFilesMax: number | null };
  /** The process's own judgement. */
  readonly findings: readonly StatusFinding[];
  /** The portals and the links of cluster-flor. An agent's status tells by `links` which ones it makes. */
  readonly portals?: readonly ExaminedPortal[];
  readonly links?: readonly ExaminedLink[] | { readonly made: readonly object[] };
  /** The clusters of link-flor. */
  readonly clusters?: readonly {
    readonly portal: ExaminedPortal;
    readonly links: readonly ExaminedLink[];
  }[];
}

interface ExaminedPortal {
  readonly bind: string;
  readonly connect: string;
  readonly state: "waiting" | "attached" | "refused";
  readonly code: string;
  readonly text: string;
}

interface ExaminedLink {
  readonly peer: string;
  readonly tag: string;
  readonly role: "originator" | "acceptor";
  readonly state: string;
  readonly code: string;
  readonly text: string;
}

export interface SocketFolder {
  readonly mode: number;
  readonly gid: number;
  /** The groups of the sockets in the folder. */
  readonly socketGids: readonly number[];
}

/** A program of a cluster that runs as a unit, and the files that have to belong to the unit's user, or to link-flor's. */
export interface ClusterEstate {
  readonly cluster: string;
  readonly program: "cluster-flor" | "fabric-flor" | "control-flor";
  /** The user of the unit, who owns the folder of its sockets; undefined: that user does not exist any more. */
  readonly user: string | undefined;
  /** Files and folders that belong to somebody else, each with the user who should have it. */
  readonly strangers: readonly { readonly path: string; readonly user: string }[];
}

/** All that is known about a node. */
export interface NodeFacts {
  /** The statuses, by the paths of the admin sockets that were asked. */
  readonly processes: readonly {
    readonly admin: string;
    readonly status: ExaminedStatus | { readonly error: string };
  }[];
  /** Folders of sockets, by their paths; undefined: the folder does not exist. */
  readonly folders: ReadonlyMap<string, SocketFolder | undefined>;
  /** The estates that could be looked into: root can look into all. */
  readonly estates: readonly ClusterEstate[];
  /** Clusters whose agent runs as a unit without its config. */
  readonly agentsWithoutConfig: readonly string[];
  /** `net.core.rmem_max`; undefined: not known. */
  readonly receiveBufferMax: number | undefined;
  /** Whether the system says that its clock follows others; undefined: it says nothing. */
  readonly isClockSynchronized: boolean | undefined;
}

/** A burst of packets that a socket of link-flor should hold. */
export const RECEIVE_BUFFER_MIN = 4_194_304;
/** Characters of a path that are shown. */
const PATH_LENGTH_MAX = 200;
/** Connections of workloads, each of which takes a descriptor or two. */
export const OPEN_FILES_MIN = 8_192;

/** Finds the faults of a node, the worst first, and the commands that mend them. Pure. */
export function examine(facts: NodeFacts): readonly Finding[] {
  const found = [
    ...facts.processes.flatMap(({ admin, status }) =>
      "error" in status
        ? [
            fault(
              `nothing answers on ${admin} (${status.error})`,
              "See why: `journalctl --unit 'link-flor' --unit 'cluster-flor@*' --unit 'fabric-flor@*' --unit 'vpn-flor@*' --unit 'control-flor@*' --unit 'store-flor@*'`.",
            ),
          ]
        : [...examineProcess(admin, status)],
    ),
    ...[...facts.folders].flatMap(([path, folder]) => [...examineFolder(path, folder)]),
    ...examineEstates(facts.estates),
    ...facts.agentsWithoutConfig.map((cluster) =>
      fault(
        `fabric-flor@${cluster} runs, and has no config any more`,
        `Put its config back, or end it: \`systemctl disable --now fabric-flor@${cluster}\`.`,
      ),
    ),
    ...examineMachine(facts),
  ];
  const rank = ({ weight }: Finding): number => Number(weight !== "fault");
  return found.toSorted((one, other) => rank(one) - rank(other));
}

function* examineProcess(admin: string, status: ExaminedStatus): Generator<Finding> {
  const { process, findings, clusters = [], portals = [], links = [] } = status;
  // Findings about portals and links are made below, with commands for this node.
  for (const { weight, text, advice, about } of findings) {
    if (about !== "portal" && about !== "link") yield { weight, text, advice };
  }
  for (const portal of [...portals, ...clusters.map((cluster) => cluster.portal)]) yield* examinePortal(portal);
  const own = "made" in links ? [] : links;
  for (const link of [...own, ...clusters.flatMap((cluster) => cluster.links)]) yield* examineLink(link);
  if (process.openFilesMax === null || process.openFilesMax >= OPEN_FILES_MIN) return;
  const text = `the process behind ${admin} may open ${process.openFilesMax} files, and each connection takes one`;
  yield warning(
    text,
    `In its unit: \`LimitNOFILE=${OPEN_FILES_MIN}\`; for now: \`prlimit --pid ${process.pid} --nofile=${OPEN_FILES_MIN}\`.`,
  );
}

function* examinePortal({ bind, connect, state, code, text }: ExaminedPortal): Generator<Finding> {
  // The process itself reports a portal whose sockets cannot be had: it is a part that is down.
  if (state === "attached" || code.startsWith("ERR_")) return;
  if (code === "FLORIO_VERSION" || code === "VERSION_UNSUPPORTED") {
    const advice =
      "Bring both programs to the same version, and restart the older: `link-flor --version; cluster-flor --version`.";
    yield fault(`the two sides of FlorIO at ${bind} are of different versions (${code})`, advice);
  } else if (state === "refused") {
    yield fault(
      `the partner at ${connect} refuses (${code}: ${text})`,
      "See what both configs hold: `check --config FILE`.",
    );
  } else {
    yield fault(
      `there is no partner at ${connect}`,
      `Is it running, and does its group reach the socket? \`ls -l ${connect}\`.`,
    );
  }
}

function* examineLink({ peer, tag, role, state, code, text }: ExaminedLink): Generator<Finding> {
  if (state === "up" || state === "waiting") return;
  const title = `the link to ${tag === "0" ? peer : `${peer}/${tag}`} is ${state}`;
  const advice =
    role === "originator"
      ? `Do datagrams reach ${peer}? There: \`ss --udp --listening --numeric\`, and see its firewall for that port.`
      : `${peer} has to call this node. Here: \`ss --udp --listening --numeric\`, and see the firewall for that port.`;
  yield fault(code === "" ? title : `${title} (${code}: ${text})`, advice);
}

const OTHERS_MAY_WRITE = 0o002;
const GROUP_IS_INHERITED = 0o2000;

function* examineFolder(path: string, folder: SocketFolder | undefined): Generator<Finding> {
  if (folder === undefined) {
    const cluster =
      clusterOfRunFolder(path) ??
      clusterOfAgentFolder(path) ??
      clusterOfVpnFolder(path) ??
      clusterOfControlFolder(path) ??
      clusterOfStoreFolder(path);
    const mend =
      cluster === undefined
        ? `install --directory --mode=2750 --group=florenetes ${path}`
        : `flor unit prepare ${cluster}`;
    yield fault(`the folder ${path} of a socket is not there`, `\`${mend}\``);
    return;
  }
  const { mode, gid, socketGids } = folder;
  if ((mode & OTHERS_MAY_WRITE) !== 0) {
    yield fault(`everybody may write into ${path}, and take a socket's place`, `\`chmod o-w ${path}\``);
  }
  if ((mode & GROUP_IS_INHERITED) === 0 && socketGids.some((each) => each !== gid)) {
    const text = `sockets in ${path} are not of its group, so that the other process may not reach them`;
    yield warning(text, `\`chmod 2750 ${path}\`, and restart the process that makes them.`);
  }
}

function* examineEstates(estates: readonly ClusterEstate[]): Generator<Finding> {
  for (const [index, { cluster, program, user, strangers }] of estates.entries()) {
    const mend = `As root: \`flor unit prepare ${cluster}\`, which says what it leaves as it is and why, and \`systemctl restart ${program}@${cluster}\`.`;
    if (user === undefined) {
      yield fault(`the user of ${program}@${cluster} is not there`, mend);
      continue;
    }
    const [first] = strangers;
    if (first !== undefined) {
      const more = strangers.length === 1 ? "" : `, and ${strangers.length - 1} more are not whose they should be`;
      yield fault(`${foreignText(first.path, PATH_LENGTH_MAX)} is not ${first.user}'s${more}`, mend);
    }
    const other = estates.slice(0, index).find((each) => each.user === user);
    if (other !== undefined) {
      yield fault(
        `${other.program}@${other.cluster} and ${program}@${cluster} have one user, ${user}: each can do what the other can`,
        mend,
      );
    }
  }
}

function examineMachine({ receiveBufferMax, isClockSynchronized }: NodeFacts): readonly Finding[] {
  const found: Finding[] = [];
  if (receiveBufferMax !== undefined && receiveBufferMax < RECEIVE_BUFFER_MIN) {
    const text = `UDP sockets may hold ${receiveBufferMax} bytes, so that bursts are lost (net.core.rmem_max)`;
    found.push(warning(text, `\`sysctl --write net.core.rmem_max=${RECEIVE_BUFFER_MIN}\``));
  }
  if (isClockSynchronized === false) {
    const text = "the clock follows no other, and certificates are judged by it";
    found.push(warning(text, "`timedatectl set-ntp true`"));
  }
  return found;
}
