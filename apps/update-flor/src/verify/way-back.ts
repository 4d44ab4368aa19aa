/** Finds the packages to which people may order a node back: those before its last update. Pure. */
import type { PlacedPackage } from "../journal/journal.ts";
import type { UpdateStatus } from "../journal/update-status.ts";
import { NODE_PACKAGE } from "../limits.ts";
import type { NodeState } from "../whole/node-state.ts";
import { updateError } from "../update-errors.ts";
import { checkFloor, type NodeTerms } from "./release-plan.ts";

export interface WayBackGrounds extends Pick<NodeTerms, "now" | "compareVersions"> {
  readonly status: UpdateStatus;
  readonly packages: NodeState["packages"];
  /** Whether a package of the state folder is there. */
  readonly isThere: (placed: PlacedPackage) => boolean;
}

export interface WayBack {
  /** The version that the node has then, and the one that it leaves. */
  readonly version: string;
  readonly leaves: string;
  /** Packages that are put in place, and those that are installed now: the node has these again where it is not whole. */
  readonly wished: readonly PlacedPackage[];
  readonly former: readonly PlacedPackage[];
}

/** @throws OperatorError `ERR_UPDATE_NO_WAY_BACK`, `ERR_UPDATE_OLDER` */
export function findWayBack({ status, packages, isThere, now, compareVersions }: WayBackGrounds): WayBack {
  const { former, kept } = status;
  const leaves = packages.get(NODE_PACKAGE)?.version;
  if (former === undefined || leaves === undefined || !former.packages.every(isThere))
    throw noWayBack("no packages of an update before are kept on this node");
  const wished = former.packages.filter(({ name, version }) => packages.get(name)?.version !== version);
  if (wished.length === 0) throw noWayBack(`the node has ${former.version} already, as it was before its last update`);
  checkFloor(former.version, leaves, { status, now, compareVersions });
  const installed = wished.map(({ name }): PlacedPackage => {
    const version = packages.get(name)?.version ?? "";
    const file = kept.find((each) => each.startsWith(`${name}_${version}_`));
    const placed = { name, version, file: `kept/${file}` };
    if (version === "" || file === undefined || !isThere(placed))
      throw noWayBack(`${name} ${version} is installed, and not kept`);
    return placed;
  });
  return { version: former.version, leaves, wished, former: installed };
}

function noWayBack(why: string): Error {
  return updateError("ERR_UPDATE_NO_WAY_BACK", why);
}
