/** Reads what dpkg, systemd and our processes say of a node, whatever its form. Pure. */
import { foreignText } from "@florenetes/operator-text";
import { z } from "zod";
import { LINKS_MAX, PACKAGES_MAX, TEXT_MAX, UNITS_MAX } from "../limits.ts";

interface InstalledPackage {
  readonly version: string;
  readonly isInstalled: boolean;
}

interface UnitState {
  readonly isActive: boolean;
  /** The unit is about to be active. A unit whose program ends again and again is so, too. */
  readonly isStarting: boolean;
  /** Its program has ended with an error, and systemd starts it no more. */
  readonly hasFailed: boolean;
}

/** The answer of a process at its admin socket, or why there is none. */
export type ProcessState =
  | { readonly version: string; readonly linksUp: readonly string[]; readonly faults: readonly string[] }
  | { readonly silence: string };

export interface NodeState {
  readonly packages: ReadonlyMap<string, InstalledPackage>;
  readonly units: ReadonlyMap<string, UnitState>;
  /** By the paths of their sockets. */
  readonly processes: ReadonlyMap<string, ProcessState>;
}

/** Patterns of the units whose processes run our programs, in the order in which they are restarted. Those of update-flor are not among them. */
export const UNIT_PATTERNS: readonly string[] = [
  "link-flor.service",
  "cluster-flor@*.service",
  "fabric-flor@*.service",
  "store-flor@*.service",
  "vpn-flor@*.service",
  "control-flor@*.service",
  "florenetes-issuer@*.service",
  "florenetes-lists@*.service",
  "florenetes-lists-vertex@*.service",
];

/** The format for `dpkg-query --show` of which `readPackages` reads the output. */
export const PACKAGE_FORMAT = "${Package} ${Version} ${db:Status-Status}\\n";
/** The properties for `systemctl show` of which `readUnits` reads the output. */
export const UNIT_PROPERTIES = "Id,ActiveState";

const PACKAGE_LINE = /^(florenetes-[a-z]+) ([\w.+~:-]+) ([a-z-]+)$/;
const UNIT_NAME = /^[a-z][a-z-]*(?:@[\w.-]+)?\.service$/;
/** States of units that run: systemd.unit(5). */
const ACTIVE: readonly string[] = ["active", "reloading"];

/** Reads the packages that dpkg-query tells of, without those of which only configs are left. */
export function readPackages(output: string): NodeState["packages"] {
  const packages = new Map<string, InstalledPackage>();
  for (const line of output.split("\n").slice(0, PACKAGES_MAX)) {
    const [, name, version, status] = PACKAGE_LINE.exec(line) ?? [];
    if (name === undefined || version === undefined || status === "not-installed" || status === "config-files")
      continue;
    packages.set(name, { version, isInstalled: status === "installed" });
  }
  return packages;
}

/** Reads what `systemctl show` prints: a block of properties for each unit, and an empty line between two. The units are in the order of `UNIT_PATTERNS`. */
export function readUnits(output: string): NodeState["units"] {
  const units = new Map<string, UnitState>();
  for (const block of output.split("\n\n").slice(0, UNITS_MAX)) {
    const properties = new Map(
      block.split("\n").map((line) => [line.split("=", 1)[0]!, line.slice(line.indexOf("=") + 1)]),
    );
    const name = properties.get("Id") ?? "";
    if (!UNIT_NAME.test(name)) continue;
    const state = properties.get("ActiveState") ?? "";
    units.set(name, {
      isActive: ACTIVE.includes(state),
      isStarting: state === "activating",
      hasFailed: state === "failed",
    });
  }
  return new Map([...units].toSorted(([a], [b]) => orderOf(a) - orderOf(b) || (a < b ? -1 : 1)));
}

function orderOf(unit: string): number {
  const name = unit.replace(/@.*\.service$/, "@*.service");
  return UNIT_PATTERNS.indexOf(name);
}

const told = z.string().transform((value) => foreignText(value, TEXT_MAX));
/** The parts of a status that are compared. Not every program has links. */
const statusForm = z.object({
  version: told,
  findings: z.array(z.object({ weight: told, text: told })).max(LINKS_MAX),
  links: z
    .array(z.object({ name: told, state: told }))
    .max(LINKS_MAX)
    .optional()
    .catch(undefined),
});

/** Reads the status of a process of ours. */
export function readProcess(status: unknown): ProcessState {
  const { success, data } = statusForm.safeParse(status);
  if (!success) return { silence: "it shows no status" };
  return {
    version: data.version,
    linksUp: (data.links ?? []).flatMap(({ name, state }) => (state === "up" ? [name] : [])),
    faults: data.findings.flatMap(({ weight, text }) => (weight === "fault" ? [text] : [])),
  };
}
