/** Orders of the room of releases to the owner of the agent, and what comes of them. */
import type { ReleaseBody } from "@florenetes/facts";
import type { UpdateStatus } from "./update-status.ts";

/** A package of ours that this machine has. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
}

/** Software of the machine, as its owner has seen it last. */
export interface SeenSoftware {
  /** Undefined: dpkg does not say. */
  readonly packages: readonly InstalledPackage[] | undefined;
  /** Undefined: update-flor has said nothing yet, or what is no status. */
  readonly update: UpdateStatus | undefined;
  /** The code of why one of both is not known; undefined: nothing is wrong. */
  readonly fault: string | undefined;
}

/** A release that is to be put into the spool. */
export interface FetchOrder {
  readonly kind: "fetch";
  /** The id of the release record. */
  readonly record: string;
  /** The octets of that record, behind those on which it rests where programs have signed it; and those of all roots from the first on. */
  readonly releases: readonly Uint8Array[];
  readonly roots: readonly Uint8Array[];
  readonly packages: ReleaseBody["packages"];
  /** Target names of packages that the node has now, and that update-flor has not kept. */
  readonly former: readonly string[];
}

export type ReleaseOrder =
  | FetchOrder
  /** Stop what is under way, and take back the order that update-flor has not begun; what was fetched stays. */
  | { readonly kind: "stop" }
  /** Stop, and take away all that was fetched. */
  | { readonly kind: "clear" };

/** The outcome of a fetch. */
export interface FetchResult {
  readonly record: string;
  /** Undefined: all is in the spool, and the order is written. */
  readonly fault: { readonly code: string; readonly text: string; readonly isFinal: boolean } | undefined;
}

/** The name of a package's file in the repository of releases. */
export function targetNameOf({ name, version, arch }: InstalledPackage): string {
  return `${name}_${version}_${arch}.deb`;
}
