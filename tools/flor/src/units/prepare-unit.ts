/** Makes all that the unit of a cluster vertex needs before it starts, and gives its user the files that belong to it. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { clusterUser, userOfUnit } from "./cluster-user.ts";
import { giveSocketToGroup, giveTree, type Owner, type TreeOutcome } from "./ownership.ts";
import { type ClusterPlaces, clusterPlaces, FORMER_CLUSTER_USER, LINK_USER, STATUS_GROUP, unitOf } from "./places.ts";
import { lookUp, numberOf } from "./user-names.ts";

const ROOT = 0;
/** The mode of the folder of a unit's sockets: its group may enter, and sockets in it get its group. */
const RUN_FOLDER_MODE = 0o2750;
/** The mode of link-flor's folder: all may pass, each to its own socket. Only the group may list the folder. */
const LINK_FOLDER_MODE = 0o2751;

/**
 * Makes the user of a cluster's unit, if it is missing, and the folder of its sockets. Gives it the identities and the state that root or the
 * former common user of all clusters owns. A further run does no harm, and goes on where an earlier one was interrupted.
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
}

function prepare(cluster: string): PreparedUnit {
  const places = clusterPlaces(cluster);
  const unit = settledUnit(cluster, places);
  const owner = ownerNamed(unit.user, unit.group) ?? madeOwner(cluster, unit.user);
  const linkUser = ownerNamed(LINK_USER, LINK_USER);
  const former = ownerNamed(FORMER_CLUSTER_USER, FORMER_CLUSTER_USER)?.uid;
  const formers = new Set(former === undefined || former === owner.uid ? [] : [former]);
  const formersAndRoot = new Set([...formers, ROOT]);

  const outcomes = [
    makeRunFolder(places.run, formers, owner.uid, groupNamed(STATUS_GROUP)),
    ...places.clusterIdentities.map((folder) => giveTree(folder, formersAndRoot, owner)),
    ...(linkUser === undefined ? [] : [giveTree(places.linkIdentities, new Set([ROOT]), linkUser)]),
    giveTree(places.etc, formers, owner),
    giveTree(places.state, formers, owner),
    ...unit.writable
      .filter((path) => isOwnedBy(path, formers))
      .map((path) => giveTree(path, formers, { uid: owner.uid, gid: undefined })),
  ];
  openFormerLinkFlor(places, owner);
  return {
    user: unit.user,
    moved: outcomes.reduce((sum, { moved }) => sum + moved, 0),
    left: outcomes.flatMap(({ left }) => left),
  };
}

interface UnitSettings {
  readonly user: string;
  readonly group: string;
  readonly writable: readonly string[];
}

/** The user and group as which systemd runs the unit. If the name in the unit file cannot be a user's, a drop-in names another one. */
function settledUnit(cluster: string, places: ClusterPlaces): UnitSettings {
  const before = unitSettings(cluster);
  const user = clusterUser(cluster);
  if (before.user !== userOfUnit(cluster) || before.user === user) return before;
  const folder = dirname(places.dropIn);
  mkdirSync(folder, { recursive: true });
  const text = `# Made by \`flor unit prepare ${cluster}\`, as the cluster's name cannot be that of a user.\n[Service]\nUser=${user}\nGroup=${user}\n`;
  writeFileSync(`${places.dropIn}.new`, text);
  // Everybody may read the folder and the drop-in, whatever the umask is.
  chmodSync(folder, 0o755);
  chmodSync(`${places.dropIn}.new`, 0o644);
  renameSync(`${places.dropIn}.new`, places.dropIn);
  run("systemctl", "daemon-reload");
  return unitSettings(cluster);
}

function unitSettings(cluster: string): UnitSettings {
  const names = ["User", "Group", "ReadWritePaths"] as const;
  const text = run("systemctl", "show", ...names.map((name) => `--property=${name}`), unitOf(cluster));
  const value = (name: (typeof names)[number]): string =>
    new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const writable = value("ReadWritePaths")
    .split(" ")
    .map((path) => path.replace(/^[-+]+/, ""));
  return { user: value("User"), group: value("Group"), writable: writable.filter((path) => path.startsWith("/")) };
}

/** Makes the user of a unit. A user that the operator's own drop-in names is not made, but has to exist. */
function madeOwner(cluster: string, user: string): Owner {
  if (user !== clusterUser(cluster))
    throw prepareError(`the user ${JSON.stringify(user)} of its drop-in does not exist`);
  run("systemd-sysusers", "--inline", `u ${user} - "Florenetes cluster vertex of ${cluster}" - -`);
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
function makeRunFolder(path: string, formers: ReadonlySet<number>, uid: number, gid: number): TreeOutcome {
  if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory()) throw prepareError(`${path} is no folder`);
  const given = giveTree(path, new Set([...formers, found.uid]), { uid, gid });
  // The mode is set last, since the former owner could have changed it.
  chownSync(path, uid, gid);
  chmodSync(path, RUN_FOLDER_MODE);
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
