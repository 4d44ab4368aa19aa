/** Verifies a release that lies in the spool, and what it would install. Nothing is believed because the agent says so. */
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { compareVersions, FolderSource, isInStage, RepositoryReader, type TargetFile } from "@florenetes/releases";
import type { ReleasedPackage } from "@florenetes/facts";
import type { UpdateConfig } from "../config/update-config.ts";
import type { PlacedPackage, ReleaseNote } from "../journal/journal.ts";
import { DISK_LEFT_MIN, ORDER_SIZE_MAX, RECORD_SIZE_MAX, ROOTS_SIZE_MAX } from "../limits.ts";
import type { NodeState } from "../whole/node-state.ts";
import { updateError } from "../update-errors.ts";
import { authorityOf, releaseOf, seenRecord, type SignedRelease } from "../verify/record-verdict.ts";
import { planUpdate, type Replacement } from "../verify/release-plan.ts";
import { hashOfPackage, type Spool } from "./spool.ts";
import type { StateFolder } from "./state-folder.ts";
import { askSystem, lastLine, runSystem } from "./system.ts";

/** Time for reading all metadata of a repository, which lies on the disk. */
const METADATA_MS_MAX = 60_000;
const KIB = 1_024;

/** The release of a spool whose record holds. */
export interface OrderedRelease extends SignedRelease {
  readonly note: ReleaseNote;
}

/** Packages in the state folder: the new ones, and those of the way back. */
export interface PlacedUpdate {
  readonly wished: readonly PlacedPackage[];
  readonly former: readonly PlacedPackage[];
}

/** Takes the order out of a spool: the id of the record that it is for. @throws OperatorError ERR_UPDATE_SPOOL, and it is gone all the same */
export function takeOrderedRecord(spool: Spool): string {
  try {
    return recordOf(spool.read("order.json", ORDER_SIZE_MAX), "order.json");
  } finally {
    spool.remove("order.json");
  }
}

/**
 * Judges the records of a spool. What was seen is kept, so that nothing older is taken later.
 *
 * @param record the id of the record that is ordered
 * @throws OperatorError ERR_UPDATE_SPOOL, ERR_UPDATE_ROOTS, ERR_UPDATE_RECORD
 */
export function takeRelease(
  spool: Spool,
  record: string,
  config: UpdateConfig,
  state: StateFolder,
  now: number,
): OrderedRelease {
  const { cluster, fingerprint, channel } = config;
  const before = state.seen(fingerprint);
  const authority = authorityOf(spool.read("roots.fact", ROOTS_SIZE_MAX), { cluster, fingerprint, now }, before?.root);
  const seen = { ...before, fabric: fingerprint, root: seenRecord(authority.root) };
  state.putSeen(seen);
  const known = before?.channel === channel ? before.release : undefined;
  const release = releaseOf(spool.read("release.fact", RECORD_SIZE_MAX), authority, channel, now, known);
  const { fact, body } = release;
  if (fact.id !== record)
    throw updateError("ERR_UPDATE_RECORD", "the order is for another record than the one in the spool");
  state.putSeen({ ...seen, channel, release: release.seen });
  return { ...release, note: { channel, version: body.version, epoch: fact.epoch, record: fact.id } };
}

/**
 * The packages that a release replaces on this node. None: the node has it already.
 *
 * @throws OperatorError `ERR_UPDATE_…`: the release is refused
 */
export async function planRelease(
  { body }: OrderedRelease,
  config: UpdateConfig,
  state: StateFolder,
  packages: NodeState["packages"],
  now: number,
): Promise<readonly Replacement[]> {
  const arch = (await askSystem(["dpkg", "--print-architecture"])).trim();
  const replaced = planUpdate(body, { arch, packages, status: state.status(), now, compareVersions });
  if (replaced.length > 0 && !isInStage(config.channel, body.version, config.node, body.stage))
    throw updateError(
      "ERR_UPDATE_STAGE",
      `${body.version} is at ${body.stage} of 10,000 nodes, and this node is not among them`,
    );
  return replaced;
}

/**
 * Copies all packages of an update out of the spool, and judges the copies: by the record, the repository, and what dpkg and apt say of them.
 *
 * @throws OperatorError `ERR_UPDATE_…`, `ERR_RELEASE_…`: the release is refused
 */
export async function placePackages(
  spool: Spool,
  config: UpdateConfig,
  state: StateFolder,
  replaced: readonly Replacement[],
): Promise<PlacedUpdate> {
  const reader = await readRepository(config, state);
  const wished: PlacedPackage[] = [];
  const former: PlacedPackage[] = [];
  for (const { package: each, former: version } of replaced) {
    const target = await reader.target(fileNameOf(each));
    if (target === undefined || target.length !== each.length || target.sha256 !== each.sha256)
      throw updateError(
        "ERR_UPDATE_DIFFERS",
        `${fileNameOf(each)} is another file in the repository than in the record, or none`,
      );
    wished.push(place(spool, state, "incoming", each, target));
    former.push(await placeFormer(spool, state, reader, { ...each, version }));
  }
  for (const [each, { package: wish }] of zip(wished, replaced))
    await checkControl(state.placeOf(each), each, wish.arch);
  for (const [each, { package: wish }] of zip(former, replaced))
    await checkControl(state.placeOf(each), each, wish.arch);
  await checkInstallable(state, wished);
  return { wished, former };
}

/** The id of the record that a mark in the spool names. @throws OperatorError ERR_UPDATE_SPOOL */
export function recordOf(order: string, name: string): string {
  try {
    const { record } = JSON.parse(order) as { readonly record?: unknown };
    if (typeof record === "string" && /^[0-9a-f]{64}$/.test(record)) return record;
  } catch {
    // Told below.
  }
  throw updateError("ERR_UPDATE_SPOOL", `${name} names no record`);
}

/** The repository's metadata, by a first root of this machine and what was seen of it before. */
async function readRepository({ repositoryRoot, spool }: UpdateConfig, state: StateFolder): Promise<RepositoryReader> {
  let firstRoot: Buffer;
  try {
    firstRoot = readFileSync(repositoryRoot);
  } catch (error) {
    throw updateError("ERR_UPDATE_STATE", `${repositoryRoot} cannot be read: ${(error as Error).message}`, error);
  }
  const folder = state.folder("repository");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const reader = new RepositoryReader({ folder, firstRoot });
  await reader.refresh(new FolderSource(spool), AbortSignal.timeout(METADATA_MS_MAX));
  return reader;
}

/** A package of the way back is kept from its own installation; else the repository vouches for one in the spool. */
async function placeFormer(
  spool: Spool,
  state: StateFolder,
  reader: RepositoryReader,
  each: Pick<ReleasedPackage, "name" | "version" | "arch">,
): Promise<PlacedPackage> {
  const name = fileNameOf(each);
  const { version } = each;
  if (existsSync(join(state.folder("kept"), name))) return { name: each.name, version, file: `kept/${name}` };
  const target = await reader.target(name);
  if (target === undefined || !spool.has(inSpool(target)))
    throw updateError(
      "ERR_UPDATE_NO_WAY_BACK",
      `${each.name} ${version} is installed, and neither kept nor in the spool`,
    );
  return place(spool, state, "former", each, target);
}

function place(
  spool: Spool,
  state: StateFolder,
  folder: "incoming" | "former",
  each: Pick<ReleasedPackage, "name" | "version" | "arch">,
  target: TargetFile,
): PlacedPackage {
  const placed = { name: each.name, version: each.version, file: `${folder}/${fileNameOf(each)}` };
  const to = state.placeOf(placed);
  if (hashOfPackage(to, target.length) === target.sha256) return placed;
  rmSync(to, { force: true });
  checkRoom(state.path, target.length);
  spool.copyPackage(inSpool(target), to, target);
  return placed;
}

/** A package says of itself what the record says of it. */
async function checkControl(path: string, { name, version }: PlacedPackage, arch: string): Promise<void> {
  const { code, output } = await runSystem([
    "dpkg-deb",
    "--show",
    "--showformat=${Package} ${Version} ${Architecture}",
    path,
  ]);
  if (code !== 0 || output.trim() !== `${name} ${version} ${arch}`)
    throw updateError("ERR_UPDATE_PACKAGES", `${path} is another package: ${lastLine(output)}`);
}

/** Nothing else has to be installed or removed for the packages, and there is room for what is in them. */
async function checkInstallable(state: StateFolder, wished: readonly PlacedPackage[]): Promise<void> {
  const paths = wished.map((each) => state.placeOf(each));
  const options = ["--simulate", "--no-remove", "--allow-downgrades", "--option=Debug::NoLocking=1"];
  const { code, output } = await runSystem(["apt-get", ...options, "install", ...paths]);
  const complaint = output
    .split("\n")
    .find((line) => /Depends|^E:/.test(line))
    ?.trim();
  if (code !== 0)
    throw updateError("ERR_UPDATE_DEPENDS", `the packages cannot be installed: ${complaint ?? lastLine(output)}`);
  const others = output.split("\n").flatMap((line) => /^(?:Inst|Remv) (?!florenetes-)(\S+)/.exec(line)?.[1] ?? []);
  if (others.length > 0) throw updateError("ERR_UPDATE_DEPENDS", `the packages need others: ${others.join(" ")}`);
  let installed = 0;
  for (const path of paths) installed += Number(await askSystem(["dpkg-deb", "--field", path, "Installed-Size"])) * KIB;
  // Node.js may have to be copied for the runner.
  const copied = statSync(process.execPath).size;
  const isOne = statSync(state.path).dev === statSync("/usr").dev;
  checkRoom(state.path, copied + (isOne ? installed : 0));
  checkRoom("/usr", installed);
}

function checkRoom(folder: string, octets: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < octets + DISK_LEFT_MIN)
    throw updateError("ERR_UPDATE_DISK", `${folder} has ${free} octets left, and ${octets + DISK_LEFT_MIN} are needed`);
}

function fileNameOf({ name, version, arch }: Pick<ReleasedPackage, "name" | "version" | "arch">): string {
  return `${name}_${version}_${arch}.deb`;
}

/** The name of a target's file in the spool's folder of packages. */
function inSpool({ sha256, name }: TargetFile): string {
  return `${sha256}.${name}`;
}

function zip<A, B>(as: readonly A[], bs: readonly B[]): (readonly [A, B])[] {
  return as.map((a, index) => [a, bs[index]!]);
}
