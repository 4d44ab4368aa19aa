import { createRequire } from "node:module";
import type { NativeClusters } from "./cluster.ts";
import { INTERFACE_VERSION } from "./generated/limits.ts";
import type { NativeLanes } from "./lane.ts";
import type { NativeQuic } from "./quic.ts";
import type { NativeSegmentCutting } from "./segments.ts";

/** The exports of the add-on. */
export interface DataPlaneAddon extends NativeQuic, NativeLanes, NativeClusters, NativeSegmentCutting {
  interfaceVersion(): number;
}

/** The add-on, or why there is none: it is built where cargo is, and everything works without it. */
export type DataPlane =
  | { readonly kind: "native"; readonly addon: DataPlaneAddon }
  | { readonly kind: "absent"; readonly reason: string };

let opened: DataPlane | undefined;

/** Loads the add-on at the first call; never throws. */
export function openDataPlane(): DataPlane {
  opened ??= load();
  return opened;
}

function load(): DataPlane {
  const require = createRequire(import.meta.url);
  try {
    // The path is right from src/ and from dist/.
    const addon = require("../addon/florenetes-data-plane.node") as DataPlaneAddon;
    const version = addon.interfaceVersion();
    if (version === INTERFACE_VERSION) return { kind: "native", addon };
    return {
      kind: "absent",
      reason: `the add-on has interface ${version}, not ${INTERFACE_VERSION}: run the build again`,
    };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
    if (isMissing) return { kind: "absent", reason: "it is not built: `npm run build` says what it needs" };
    return { kind: "absent", reason: `it does not load: ${error instanceof Error ? error.message : String(error)}` };
  }
}
