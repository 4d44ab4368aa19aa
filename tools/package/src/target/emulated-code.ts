import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runTool } from "../deb/tools.ts";
import { gatherRelease } from "../release.ts";
import type { NativeBuild } from "./target.ts";

const EMULATOR = "qemu-aarch64-static";

/**
 * Has V8's code of programs made by the Node of another processor, which runs emulated.
 *
 * @param system the folder with the loader and the libraries of that processor
 * @param out an empty folder, which gets the files
 * @returns them by their paths in a release; undefined where there is no emulator
 * @throws OperatorError `ERR_PACKAGE_TOOL` when a program fails
 */
export function makeEmulatedCode(
  checkout: string,
  build: NativeBuild,
  system: string,
  out: string,
): ReadonlyMap<string, string> | undefined {
  if (spawnSync(EMULATOR, ["--version"]).status !== 0) return undefined;
  const { files } = gatherRelease(checkout, { ...build, compiled: new Map() });
  for (const { path, content } of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    if ("text" in content) writeFileSync(join(out, path), content.text);
    else copyFileSync(content.copyOf, join(out, path));
  }
  const rehearsal = join(checkout, "scripts/compiled/rehearse-release.ts");
  runTool([process.execPath, rehearsal, out, EMULATOR, "-L", system, build.node]);
  const programs = files.map(({ path }) => path).filter((path) => path.endsWith(".cjs"));
  const code = programs.map((path) => [`${path}.code`, join(out, `${path}.code`)] as const);
  return new Map(code.filter(([, file]) => existsSync(file)));
}
