/** Whether a node takes the release in force, and what keeps it from that. Pure. */
import type { DeviceProfile, ReleaseBody } from "@florenetes/facts";
import { compareVersions, isInStage } from "@florenetes/releases/stages";
import type { FabricConfigErrorCode } from "../../config/config-errors.ts";
import { type InstalledPackage, targetNameOf } from "./release-orders.ts";
import type { UpdateStatus } from "./update-status.ts";

/** The program whose package's version is that of the node. */
const NODE_PACKAGE = "florenetes-node";
const PREFIX = "florenetes-";
const ANY_ARCH = "all";

export interface DecisionGrounds {
  readonly node: string;
  readonly channel: string;
  readonly body: ReleaseBody;
  readonly packages: readonly InstalledPackage[];
  readonly update: UpdateStatus | undefined;
  /** The device, where the node is a phone. */
  readonly phone: DeviceProfile | undefined;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

export type Decision =
  | { readonly kind: "current" }
  | { readonly kind: "installing" }
  /** Its stage has not come, or a phone has no power or no network that costs nothing. */
  | { readonly kind: "waiting"; readonly why: "stage" | "device" }
  | { readonly kind: "back"; readonly code: string | undefined }
  | { readonly kind: "refused"; readonly code: string | undefined }
  | { readonly kind: "take"; readonly packages: ReleaseBody["packages"]; readonly former: readonly string[] };

/** The version of a node, by its packages; undefined: it has none of ours. */
export function nodeVersion(packages: readonly InstalledPackage[]): string | undefined {
  return packages.find(({ name }) => name === NODE_PACKAGE)?.version;
}

/** Judges the release in force for a node. */
export function decide({ node, channel, body, packages, update, phone, wall }: DecisionGrounds): Decision {
  if (update !== undefined && update.underWay !== null) return { kind: "installing" };
  const present = nodeVersion(packages);
  if (present === undefined) return refused("ERR_FABRIC_RELEASE_PACKAGES");
  const wanted = packages
    .filter(({ name }) => name.startsWith(PREFIX))
    .map((each) => body.packages.find(({ name, arch }) => name === each.name && fits(arch, each.arch)));
  if (!wanted.includes(undefined) && isSame(wanted as ReleaseBody["packages"], packages, body.version))
    return { kind: "current" };
  if (update?.failed.includes(body.version) === true) return failed(update, body.version);
  if (!isInStage(channel, body.version, node, body.stage)) return { kind: "waiting", why: "stage" };
  if (wanted.includes(undefined)) return refused("ERR_FABRIC_RELEASE_PACKAGES");
  const isLower = compareVersions(body.version, present) < 0;
  if (isLower && !mayGoDown(update?.floor ?? null, body.version, wall)) return refused("ERR_FABRIC_RELEASE_FLOOR");
  const { lowest, until } = body.rollback;
  if (compareVersions(present, lowest) < 0 || wall >= until) return refused("ERR_FABRIC_RELEASE_WAY");
  const isOverdue = body.deadline !== undefined && wall >= body.deadline;
  if (phone !== undefined && !isOverdue && !mayFetch(phone)) return { kind: "waiting", why: "device" };
  const kept = new Set(update?.kept);
  const former = packages.map(targetNameOf).filter((name) => !kept.has(name));
  return { kind: "take", packages: wanted as ReleaseBody["packages"], former };
}

/** When a decision may be another one though nothing was told, in milliseconds since 1970; Infinity: never. */
export function nextDecision(
  { rollback, deadline }: ReleaseBody,
  update: UpdateStatus | undefined,
  wall: number,
): number {
  const times = [rollback.until, deadline, update?.floor?.until].filter((time) => time !== undefined);
  return Math.min(Number.POSITIVE_INFINITY, ...times.filter((time) => time > wall));
}

function refused(code: FabricConfigErrorCode): Decision {
  return { kind: "refused", code };
}

/** A phone fetches while it is fed, and nobody pays for the bytes. */
function mayFetch({ charging, metered, network }: DeviceProfile): boolean {
  return charging && !metered && (network === "wifi" || network === "wired");
}

function fits(arch: string, present: string): boolean {
  return arch === present || arch === ANY_ARCH || present === ANY_ARCH;
}

/** Whether all packages are those of the release. */
function isSame(wanted: ReleaseBody["packages"], packages: readonly InstalledPackage[], version: string): boolean {
  return (
    nodeVersion(packages) === version &&
    wanted.every(({ name, version: each }) => packages.some((one) => one.name === name && one.version === each))
  );
}

function mayGoDown(floor: UpdateStatus["floor"], version: string, wall: number): boolean {
  return floor !== null && compareVersions(version, floor.lowest) >= 0 && wall < floor.until;
}

/** A version from which the node went back, or with which it is lost, as update-flor could not go back. */
function failed({ last }: UpdateStatus, version: string): Decision {
  if (last?.version !== version) return { kind: "back", code: undefined };
  return last.outcome === "lost" ? { kind: "refused", code: last.code } : { kind: "back", code: last.code };
}
