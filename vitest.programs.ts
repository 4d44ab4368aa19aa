import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { bundleProgram } from "./scripts/bundle.ts";
import { rehearse } from "./scripts/compiled/rehearsal.ts";

/** Folders of bundles: the number behind it is the process that made the folder. */
const PREFIX = "florenetes-bundles-";
const PROGRAMS = [
  "apps/link-flor",
  "apps/cluster-flor",
  "apps/fabric-flor",
  "apps/vpn-flor",
  "apps/control-flor",
  "apps/store-flor",
  "apps/update-flor",
  "tools/flor",
  "tools/meshlab",
];

/** Bundles the present sources of the programs that tests start as processes, before the first test. */
export async function setup(): Promise<(() => void) | undefined> {
  // Each of several projects asks.
  if (process.env["FLORENETES_BUNDLES"] !== undefined) return undefined;
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // Some tests run programs as another user.
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await Promise.all(PROGRAMS.map((program) => bundleProgram(program, join(folder, basename(program)))));
  await rehearse((name) => join(folder, name));
  process.env["FLORENETES_BUNDLES"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** A run that was killed could not remove its own. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX))) {
    const pid = name.slice(PREFIX.length).replace(/-.*$/, "");
    if (!existsSync(`/proc/${pid}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
