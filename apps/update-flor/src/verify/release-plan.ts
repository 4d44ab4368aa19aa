/** Judges whether a node takes a release, and what it installs then. The release's record and the repository are verified already. Pure. */
import type { ReleaseBody, ReleasedPackage } from "@florenetes/facts";
import type { UpdateStatus } from "../journal/update-status.ts";
import { NODE_PACKAGE, PACKAGE_SIZE_MAX } from "../limits.ts";
import type { NodeState } from "../whole/node-state.ts";
import { updateError } from "../update-errors.ts";

/** The parts of a release that say whether a node takes it. */
export type ReleaseTerms = Pick<ReleaseBody, "version" | "packages" | "rollback">;

export interface NodeTerms {
  readonly arch: string;
  readonly packages: NodeState["packages"];
  readonly status: Pick<UpdateStatus, "floor" | "failed">;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Debian's order of versions. */
  readonly compareVersions: (a: string, b: string) => number;
}

/** A package that is replaced. */
export interface Replacement {
  readonly package: ReleasedPackage;
  /** The version that is installed. */
  readonly former: string;
}

const NAME = /^florenetes-[a-z]+$/;

/**
 * The packages that are replaced by a release. None: the node has it.
 *
 * @throws OperatorError `ERR_UPDATE_…`: the release is refused
 */
export function planUpdate(release: ReleaseTerms, node: NodeTerms): readonly Replacement[] {
  const own = ownPackages(release, node.arch);
  const replaced: Replacement[] = [];
  for (const [name, { version, isInstalled }] of node.packages) {
    const wished = own.get(name);
    if (wished === undefined)
      throw updateError("ERR_UPDATE_PACKAGES", `${name} is installed, and the release has it not for ${node.arch}`);
    if (!isInstalled) throw updateError("ERR_UPDATE_PACKAGES", `${name} is not fully installed`);
    if (wished.version !== version) replaced.push({ package: wished, former: version });
  }
  const installed = node.packages.get(NODE_PACKAGE)?.version;
  if (installed === undefined) throw updateError("ERR_UPDATE_PACKAGES", `${NODE_PACKAGE} is not installed`);
  if (own.get(NODE_PACKAGE)!.version !== release.version)
    throw updateError("ERR_UPDATE_PACKAGES", `the release is ${release.version}, and its ${NODE_PACKAGE} is not`);
  if (replaced.length > 0) checkVersions(release, node, installed);
  return replaced;
}

function ownPackages({ packages }: ReleaseTerms, arch: string): ReadonlyMap<string, ReleasedPackage> {
  const own = new Map<string, ReleasedPackage>();
  for (const each of packages) {
    if (!NAME.test(each.name)) throw updateError("ERR_UPDATE_PACKAGES", `${each.name} is no package of ours`);
    if (each.length > PACKAGE_SIZE_MAX)
      throw updateError("ERR_UPDATE_PACKAGES", `${each.name} has more octets than a package may have`);
    if (each.arch !== arch && each.arch !== "all") continue;
    if (own.has(each.name))
      throw updateError("ERR_UPDATE_PACKAGES", `${each.name} is in the release twice for ${arch}`);
    own.set(each.name, each);
  }
  return own;
}

function checkVersions(
  { version, rollback }: ReleaseTerms,
  { status, now, compareVersions }: NodeTerms,
  installed: string,
): void {
  if (status.failed.includes(version))
    throw updateError("ERR_UPDATE_FAILED_BEFORE", `the node went back from ${version} before`);
  if (compareVersions(version, installed) < 0) checkFloor(version, installed, { status, now, compareVersions });
  if (compareVersions(installed, rollback.lowest) < 0)
    throw updateError(
      "ERR_UPDATE_NO_WAY_BACK",
      `${version} lets a node go back to ${rollback.lowest} at most, and ${installed} is installed`,
    );
  if (now >= rollback.until)
    throw updateError("ERR_UPDATE_NO_WAY_BACK", `${version} does not let a node go back any more`);
}

/**
 * Looks whether what is installed lets a node go back so far.
 *
 * @throws OperatorError `ERR_UPDATE_OLDER`
 */
export function checkFloor(
  version: string,
  installed: string,
  {
    status: { floor },
    now,
    compareVersions,
  }: Pick<NodeTerms, "now" | "compareVersions"> & {
    readonly status: Pick<UpdateStatus, "floor">;
  },
): void {
  if (floor === null)
    throw updateError("ERR_UPDATE_OLDER", `${version} is older than ${installed}, which is not by a release`);
  if (compareVersions(version, floor.lowest) < 0)
    throw updateError(
      "ERR_UPDATE_OLDER",
      `${version} is older than ${floor.lowest}, to which ${installed} lets a node go back at most`,
    );
  if (now >= floor.until)
    throw updateError("ERR_UPDATE_OLDER", `${installed} does not let a node go back to ${version} any more`);
}
