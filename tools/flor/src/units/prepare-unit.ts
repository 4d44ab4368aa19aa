/** Makes all that the unit of a cluster vertex needs before it starts, and gives its user the files that belong to it. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import {
  agentUser,
  clusterUser,
  controlUser,
  storeUser,
  userOfAgentUnit,
  userOfControlUnit,
  userOfStoreUnit,
  userOfUnit,
  userOfVpnUnit,
  vpnUser,
} from "./cluster-user.ts";
import { giveSocketToGroup, giveTree, makeFolderIn, type Owner, type TreeOutcome } from "./ownership.ts";
import {
  agentUnitOf,
  type ClusterPlaces,
  clusterPlaces,
  controlUnitOf,
  storeUnitOf,
  FORMER_CLUSTER_USER,
  LINK_USER,
  type NeighbourPlaces,
  STATUS_GROUP,
  unitOf,
  vpnUnitOf,
} from "./places.ts";
import { lookUp, numberOf } from "./user-names.ts";

const ROOT = 0;
/** The mode of the folder of a unit's sockets: its group may enter, and sockets in it get its group. */
const RUN_FOLDER_MODE = 0o2750;
/** The mode of link-flor's folder: all may pass, each to its own socket. Only the group may list the folder. */
const LINK_FOLDER_MODE = 0o2751;
/** The mode of folders of sockets with a folder in them for the other process of the cluster: its user may pass. */
const PASSED_FOLDER_MODE = 0o2751;

/**
 * Makes the user of a cluster's unit, if it is missing, and the folder of its sockets. Gives it the identities and the state that root or the
 * former common user of all clusters owns. Where the cluster has the config of an agent, a VPN, control-flor or store-flor, their units get the same. A further run does no
 * harm, and goes on where an earlier one was interrupted.
 *
 * @throws OperatorError `ERR_FLOR_PREPARE`
 */
export function prepareUnit(cluster: string): PreparedUnit {
  if (process.geteuid!() !== ROOT) throw prepareError("root alone may do this");
  try {
    return prepare(cluster);
  } catch (error) {
    // The system's own message has the path that cannot be written.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw prepareError((error as Error).message);
  }
}

interface PreparedUnit extends TreeOutcome {
  readonly user: string;
  /** The user of the agent; undefined: the cluster has none here. */
  readonly agentUser: string | undefined;
  /** The user of the end of a VPN; undefined: the cluster has none here. */
  readonly vpnUser: string | undefined;
  /** The user of control-flor; undefined: the cluster has none here. */
  readonly controlUser: string | undefined;
  /** The user of store-flor; undefined: the cluster has none here. */
  readonly storeUser: string | undefined;
}

function prepare(cluster: string): PreparedUnit {
  const places = clusterPlaces(cluster);
  const kind = clusterKind(cluster, places);
  const unit = settledUnit(cluster, kind);
  const owner = ownerNamed(unit.user, unit.group) ?? madeOwner(kind, unit.user);
  const { agent: agentPlaces, vpn: vpnPlaces, control: controlPlaces, store: storePlaces } = places;
  const hasNeighbour = [agentPlaces, vpnPlaces, storePlaces].some(({ config }) => existsSync(config));
  const statusGid = groupNamed(STATUS_GROUP);
  const linkUser = ownerNamed(LINK_USER, LINK_USER);
  const former = ownerNamed(FORMER_CLUSTER_USER, FORMER_CLUSTER_USER)?.uid;
  const formers = new Set(former === undefined || former === owner.uid ? [] : [former]);
  const formersAndRoot = new Set([...formers, ROOT]);

  const outcomes = [
    makeRunFolder(places.run, formers, {
      uid: owner.uid,
      gid: statusGid,
      mode: hasNeighbour ? PASSED_FOLDER_MODE : RUN_FOLDER_MODE,
    }),
    ...places.clusterIdentities.map((folder) => giveTree(folder, formersAndRoot, owner)),
    ...(linkUser === undefined ? [] : [giveTree(places.linkIdentities, new Set([ROOT]), linkUser)]),
    giveTree(places.etc, formers, owner),
    giveTree(places.state, formers, owner),
    ...unit.writable
      .filter((path) => isOwnedBy(path, formers))
      .map((path) => giveTree(path, formers, { uid: owner.uid, gid: undefined })),
  ];
  openFormerLinkFlor(places, owner);
  const prepareBeside = (places: NeighbourPlaces, kind: UnitKind, state?: string): PreparedNeighbour | undefined =>
    existsSync(places.config) ? prepareNeighbour(cluster, kind, { ...places, state }, owner, statusGid) : undefined;
  const agent = prepareBeside(agentPlaces, agentKind(cluster, places), agentPlaces.state);
  const vpn = prepareBeside(vpnPlaces, vpnKind(cluster, places));
  const control = prepareBeside(controlPlaces, controlKind(cluster, places), controlPlaces.state);
  const store = prepareBeside(storePlaces, storeKind(cluster, places), storePlaces.state);
  const all = [...outcomes, agent, vpn, control, store].filter((outcome) => outcome !== undefined);
  const users = { agentUser: agent?.user, vpnUser: vpn?.user, controlUser: control?.user, storeUser: store?.user };
  return { user: unit.user, ...users, ...sumOf(all) };
}

interface PreparedNeighbour extends TreeOutcome {
  readonly user: string;
}

/**
 * Makes the user of a program beside the cluster vertex, and the folders by which both reach each other, and nothing else of each other.
 * Undefined when the program's unit is not there: its package was removed, and its config stays for the next install.
 */
function prepareNeighbour(
  cluster: string,
  kind: UnitKind,
  places: NeighbourPlaces & { readonly state: string | undefined },
  clusterOwner: Owner,
  statusGid: number,
): PreparedNeighbour | undefined {
  const unit = settledUnit(cluster, kind);
  if (unit.user === "") return undefined;
  const owner = ownerNamed(unit.user, unit.group) ?? madeOwner(kind, unit.user);
  const run = makeRunFolder(places.run, new Set(), { uid: owner.uid, gid: statusGid, mode: PASSED_FOLDER_MODE });
  const crossings = [
    [places.forCluster, { uid: owner.uid, gid: clusterOwner.gid, mode: RUN_FOLDER_MODE }],
    ...(places.door === undefined
      ? []
      : [[places.door, { uid: clusterOwner.uid, gid: owner.gid, mode: RUN_FOLDER_MODE }] as const]),
  ] as const;
  const inTheWay = crossings.filter(([path, to]) => !makeFolderIn(path, to));
  const left = inTheWay.map(([path]) => ({ path, reason: "it is no folder of the user who should have it" }));
  const state = places.state === undefined ? [] : [giveTree(places.state, new Set([ROOT]), owner)];
  return { user: unit.user, ...sumOf([run, ...state, { moved: 0, left }]) };
}

function sumOf(outcomes: readonly TreeOutcome[]): TreeOutcome {
  return {
    moved: outcomes.reduce((sum, { moved }) => sum + moved, 0),
    left: outcomes.flatMap(({ left }) => left),
  };
}

/** The properties in which the units of a cluster differ. */
interface UnitKind {
  readonly unit: string;
  /** The user that it should have, and that of the unit file, whose name may not be valid. */
  readonly user: string;
  readonly userOfUnit: string;
  readonly dropIn: string;
  readonly description: string;
}

function clusterKind(cluster: string, { dropIn }: ClusterPlaces): UnitKind {
  return {
    unit: unitOf(cluster),
    user: clusterUser(cluster),
    userOfUnit: userOfUnit(cluster),
    dropIn,
    description: `Florenetes cluster vertex of ${cluster}`,
  };
}

function agentKind(cluster: string, { agent }: ClusterPlaces): UnitKind {
  return {
    unit: agentUnitOf(cluster),
    user: agentUser(cluster),
    userOfUnit: userOfAgentUnit(cluster),
    dropIn: agent.dropIn,
    description: `Florenetes agent of ${cluster}`,
  };
}

function vpnKind(cluster: string, { vpn }: ClusterPlaces): UnitKind {
  return {
    unit: vpnUnitOf(cluster),
    user: vpnUser(cluster),
    userOfUnit: userOfVpnUnit(cluster),
    dropIn: vpn.dropIn,
    description: `Florenetes VPN of ${cluster}`,
  };
}

function controlKind(cluster: string, { control }: ClusterPlaces): UnitKind {
  return {
    unit: controlUnitOf(cluster),
    user: controlUser(cluster),
    userOfUnit: userOfControlUnit(cluster),
    dropIn: control.dropIn,
    description: `Florenetes control API of ${cluster}`,
  };
}

function storeKind(cluster: string, { store }: ClusterPlaces): UnitKind {
  return {
    unit: storeUnitOf(cluster),
    user: storeUser(cluster),
    userOfUnit: userOfStoreUnit(cluster),
    dropIn: store.dropIn,
    description: `Florenetes store of ${cluster}`,
  };
}

interface UnitSettings {
  readonly user: string;
  readonly group: string;
  readonly writable: readonly string[];
}

/** The user and group as which systemd runs the unit. If the name in the unit file cannot be a user's, a drop-in names another one. */
function settledUnit(cluster: string, { unit, user, userOfUnit, dropIn }: UnitKind): UnitSettings {
  const before = unitSettings(unit);
  if (before.user !== userOfUnit || before.user === user) return before;
  const folder = dirname(dropIn);
  mkdirSync(folder, { recursive: true });
  const text = `# Made by \`flor unit prepare ${cluster}\`, as the cluster's name cannot be that of a user.\n[Service]\nUser=${user}\nGroup=${user}\n`;
  writeFileSync(`${dropIn}.new`, text);
  // Everybody may read the folder and the drop-in, whatever the umask is.
  chmodSync(folder, 0o755);
  chmodSync(`${dropIn}.new`, 0o644);
  renameSync(`${dropIn}.new`, dropIn);
  run("systemctl", "daemon-reload");
  return unitSettings(unit);
}

function unitSettings(unit: string): UnitSettings {
  const names = ["User", "Group", "ReadWritePaths"] as const;
  const text = run("systemctl", "show", ...names.map((name) => `--property=${name}`), unit);
  const value = (name: (typeof names)[number]): string =>
    new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const writable = value("ReadWritePaths")
    .split(" ")
    .map((path) => path.replace(/^[-+]+/, ""));
  return { user: value("User"), group: value("Group"), writable: writable.filter((path) => path.startsWith("/")) };
}

/** Makes the user of a unit. A user that the operator's own drop-in names is not made, but has to exist. */
function madeOwner(kind: UnitKind, user: string): Owner {
  if (user !== kind.user) throw prepareError(`the user ${JSON.stringify(user)} of its drop-in does not exist`);
  run("systemd-sysusers", "--inline", `u ${user} - "${kind.description}" - -`);
  const made = ownerNamed(user, user);
  if (made === undefined) throw prepareError(`systemd-sysusers has not made the user ${user}`);
  return made;
}

function ownerNamed(user: string, group: string): Owner | undefined {
  const uid = numberOf("passwd", user);
  if (uid === undefined) return undefined;
  return { uid, gid: numberOf("group", group) ?? Number(lookUp("passwd", user)?.[3]) };
}

function groupNamed(name: string): number {
  const gid = numberOf("group", name);
  if (gid === undefined) throw prepareError(`the group ${name} does not exist`);
  return gid;
}

/** Makes the folder of the sockets. It stays when the unit stops, and must not be replaced while the unit runs, which has it mounted. */
function makeRunFolder(
  path: string,
  formers: ReadonlySet<number>,
  { uid, gid, mode }: { readonly uid: number; readonly gid: number; readonly mode: number },
): TreeOutcome {
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory()) throw prepareError(`${path} is no folder`);
  const given = giveTree(path, new Set([...formers, found.uid]), { uid, gid });
  // The mode is set last, since the former owner could have changed it.
  chownSync(path, uid, gid);
  chmodSync(path, mode);
  return given;
}

/** A running link-flor of an earlier version does not open its sockets to each cluster's group. Gives its socket to this cluster's group. */
function openFormerLinkFlor({ linkRun, linkSocket }: ClusterPlaces, { gid }: Owner): void {
  const folder = lstatSync(linkRun, { throwIfNoEntry: false });
  if (gid === undefined || folder === undefined || !folder.isDirectory() || (folder.mode & 0o001) !== 0) return;
  chmodSync(linkRun, LINK_FOLDER_MODE);
  giveSocketToGroup(linkSocket, folder.uid, gid);
}

function isOwnedBy(path: string, users: ReadonlySet<number>): boolean {
  const uid = statSync(path, { throwIfNoEntry: false })?.uid;
  return uid !== undefined && users.has(uid);
}

function run(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stderr = "", message } = error as Error & { readonly stderr?: string };
    throw prepareError(`${program}: ${stderr.trim() === "" ? message : stderr.trim()}`);
  }
}

function prepareError(message: string): OperatorError {
  return new OperatorError("ERR_FLOR_PREPARE", message, { advice: FLOR_ERRORS.ERR_FLOR_PREPARE.advice });
}
