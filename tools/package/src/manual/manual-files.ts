import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "../help/command.ts";
import type { HelpFile } from "../help/help-file.ts";
import { sourceOf, type SystemFile, SYSTEM_FILES } from "../system-files.ts";
import { tableBelow, titleOf } from "./documents.ts";
import { type Entry, manualPage } from "./page.ts";
import { systemdFiles } from "./systemd-files.ts";

/** Sections of the manual: 8 is for daemons. */
const SECTIONS: ReadonlyMap<string, number> = new Map([
  ["link-flor", 8],
  ["cluster-flor", 8],
  ["fabric-flor", 8],
  ["vpn-flor", 8],
  ["control-flor", 8],
  ["store-flor", 8],
  ["update-flor", 8],
  ["flor", 1],
]);
/** The unit of each daemon, which has its name. */
const UNITS: ReadonlyMap<string, SystemFile> = new Map(
  SYSTEM_FILES.filter(({ kind, program, name }) => kind === "unit" && name.replace(/@?\.service$/, "") === program).map(
    (file) => [file.program, file],
  ),
);
/** Place of the documents on a machine. */
export const DOCUMENTS = "/usr/share/florenetes/docs";

export interface ManualOptions {
  /** Day of the commit, as 2026-11-27: two builds of one commit have the same pages. */
  readonly date: string;
  readonly version: string;
}

/**
 * Pages of the manual for a program.
 *
 * @param command What the program says of itself.
 * @param checkout Its documents and units are read.
 */
export function manualFiles(command: Command, checkout: string, { date, version }: ManualOptions): HelpFile[] {
  const name = command.path.join(" ");
  const section = SECTIONS.get(name) ?? 1;
  const page = manualPage(command, {
    section,
    date,
    version,
    files: filesOf(name, checkout),
    exitCodes: tableBelow("Exit codes", readFileSync(join(checkout, "docs/operate/errors.md"), "utf8")),
    pages: [...SECTIONS].filter(([other]) => other !== name).map(([other, section]) => `${other}(${section})`),
    documents: documentsOf(checkout),
  });
  return [{ path: `usr/share/man/man${section}/${name}.${section}`, text: page }];
}

/** Files of a daemon; a program that is none works with those of all daemons. */
function filesOf(name: string, checkout: string): Entry[] {
  const unit = UNITS.get(name);
  const units = unit === undefined ? [...UNITS.values()] : [unit];
  const entries = units.flatMap((file) => systemdFiles(readFileSync(sourceOf(checkout, file), "utf8")));
  return unit === undefined ? entries.filter(([path]) => path.startsWith("/etc/")) : entries;
}

function documentsOf(checkout: string): Entry[] {
  const folder = join(checkout, "docs/operate");
  const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return names
    .toSorted()
    .map((name) => [`${DOCUMENTS}/operate/${name}`, titleOf(readFileSync(join(folder, name), "utf8"))]);
}
