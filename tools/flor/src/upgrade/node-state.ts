/** Reads a node's answer to `stateScript`. Answers are not trusted. Pure. */
import { foreignText } from "@florenetes/operator-text";
import { TEXT_LENGTH_MAX } from "../mesh-status/limits.ts";
import { readNodeOutput } from "../mesh-status/node-answer.ts";
import type { NodeAnswer } from "../mesh-status/node-facts.ts";
import { TOLD_MAX } from "./limits.ts";
import { MARKS } from "./node-scripts.ts";

interface PackageState {
  readonly version: string;
  readonly isInstalled: boolean;
  /** The time at which its files were put in place, in seconds since 1970. */
  readonly placedAt: number;
}

interface UnitState {
  /** Whether the unit is to run: it may be about to start, or to read its config anew, at the very moment. */
  readonly isWanted: boolean;
  readonly isActive: boolean;
  /** The time since which it is active, in seconds since 1970. */
  readonly since: number;
}

/** How far an upgrade of a node is. */
export interface UpgradeState {
  /** How far the upgrade has come: the last word that its script has said. */
  readonly phase: string;
  /** Whether the upgrade's script runs. */
  readonly isUnderWay: boolean;
}

/** A node before, during and after an upgrade. */
export interface NodeState extends UpgradeState {
  readonly isRoot: boolean;
  readonly packages: ReadonlyMap<string, PackageState>;
  readonly units: ReadonlyMap<string, UnitState>;
  /** The versions that the installed programs tell that were asked, by their names. */
  readonly told: ReadonlyMap<string, string>;
  /** The versions that the processes of other units tell, by the names of the units; those that tell none are missing. */
  readonly running: ReadonlyMap<string, string>;
  /** The answers of the processes of each cluster. */
  readonly answers: ReadonlyMap<string, NodeAnswer>;
}

const PACKAGE_LINE = /^(florenetes-[a-z]+) ([\w.+~:-]+) ([a-z-]+) (\d{1,12})?$/;
const UNIT_NAME = /^[a-z][a-z-]*(?:@[\w.-]+)?\.service$/;
/** States of units that are to run, systemd.unit(5). */
const WANTED = ["active", "activating", "reloading"];
const PHASES = ["begun", "installed", "confirmed", "returned", "lost"];

/** Reads the output of a node's script. Undefined: it is no such output. */
export function readState(output: string): NodeState | undefined {
  const sections = sectionsOf(output);
  if (!Object.values(MARKS).every((mark) => mark === MARKS.cluster || sections.has(mark))) return undefined;
  const lines = (mark: string): readonly string[] => (sections.get(mark) ?? []).slice(0, TOLD_MAX);
  return {
    isRoot: lines(MARKS.user)[0] === "0",
    packages: new Map(lines(MARKS.packages).flatMap(readPackage)),
    units: readUnits(lines(MARKS.units)),
    told: new Map(lines(MARKS.told).flatMap(readTold)),
    running: new Map(
      lines(MARKS.running)
        .flatMap(readTold)
        .filter(([name, version]) => UNIT_NAME.test(name) && version !== ""),
    ),
    ...upgradeStateOf(sections),
    answers: new Map(
      [...sections].flatMap(([mark, own]) =>
        mark.startsWith(`${MARKS.cluster} `)
          ? [[mark.slice(MARKS.cluster.length + 1), readNodeOutput(own.join("\n"))] as const]
          : [],
      ),
    ),
  };
}

/** Reads the output of `PHASE_SCRIPT`. Undefined: it is no such output. */
export function readPhase(output: string): UpgradeState | undefined {
  const sections = sectionsOf(output);
  return sections.has(MARKS.phase) ? upgradeStateOf(sections) : undefined;
}

function upgradeStateOf(sections: ReadonlyMap<string, readonly string[]>): UpgradeState {
  const [active = "", phase = ""] = (sections.get(MARKS.phase)?.[0] ?? "").split(" ");
  return {
    phase: PHASES.includes(phase) ? phase : "",
    isUnderWay: active === "active" || active === "activating",
  };
}

/** The lines below each mark of ours. Marks within the part of a cluster are those of its status. */
function sectionsOf(output: string): ReadonlyMap<string, readonly string[]> {
  const marks: readonly string[] = Object.values(MARKS);
  const sections = new Map<string, string[]>();
  let own: string[] = [];
  for (const line of output.split("\n")) {
    if (marks.includes(line) || line.startsWith(`${MARKS.cluster} `)) sections.set(line, (own = []));
    else own.push(line);
  }
  return sections;
}

function readPackage(line: string): [string, PackageState][] {
  const [, name, version, status, placedAt] = PACKAGE_LINE.exec(line) ?? [];
  if (name === undefined || version === undefined || status === "not-installed" || status === "config-files") return [];
  return [[name, { version, isInstalled: status === "installed", placedAt: Number(placedAt ?? 0) }]];
}

/** Reads what `systemctl show` prints: a block of properties for each unit, and an empty line between two. */
function readUnits(lines: readonly string[]): ReadonlyMap<string, UnitState> {
  const blocks = lines.join("\n").split("\n\n");
  return new Map(
    blocks.flatMap((block): [string, UnitState][] => {
      const properties = new Map(
        block.split("\n").map((line) => [line.split("=", 1)[0]!, line.slice(line.indexOf("=") + 1)]),
      );
      const name = properties.get("Id") ?? "";
      if (!UNIT_NAME.test(name)) return [];
      const since = Number(/^@(\d{1,12})$/.exec(properties.get("ActiveEnterTimestamp") ?? "")?.[1] ?? 0);
      const state = properties.get("ActiveState") ?? "";
      return [[name, { isWanted: WANTED.includes(state), isActive: state === "active", since }]];
    }),
  );
}

function readTold(line: string): [string, string][] {
  const space = line.indexOf(" ");
  return space < 0 ? [] : [[line.slice(0, space), foreignText(line.slice(space + 1), TEXT_LENGTH_MAX)]];
}
