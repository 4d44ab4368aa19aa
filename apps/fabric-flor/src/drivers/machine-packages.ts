/** Packages of ours that this machine has, as dpkg says. */
import { execFile } from "node:child_process";
import type { InstalledPackage } from "../agent/releases/release-orders.ts";
import { INSTALLED_MAX } from "../agent/releases/limits.ts";

const DPKG_QUERY = "/usr/bin/dpkg-query";
const FORM = "${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\n";
const ANSWER_MS = 20_000;
const ANSWER_SIZE_MAX = 65_536;
const LINE = /^(.)(.). *\t(florenetes-[a-z0-9+.-]{1,52})\t([0-9][0-9A-Za-z.+~-]{0,62})\t([a-z0-9][a-z0-9-]{0,30})$/;

/**
 * The packages of ours that are installed, or half installed.
 *
 * @param command The program that is asked
 * @returns undefined where it does not answer, or there is none
 */
export function machinePackages(command: string = DPKG_QUERY): Promise<readonly InstalledPackage[] | undefined> {
  const { promise, resolve } = Promise.withResolvers<readonly InstalledPackage[] | undefined>();
  const options = { timeout: ANSWER_MS, maxBuffer: ANSWER_SIZE_MAX, env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } };
  execFile(command, ["-W", "-f", FORM, "florenetes-*"], options, (error, text) => {
    // For a name that no package has, dpkg-query ends with 1 and prints nothing.
    const hasNone = error !== null && error.code === 1 && text === "";
    resolve(error === null || hasNone ? readPackages(text) : undefined);
  });
  return promise;
}

/** The installed packages of dpkg-query's lines; undefined: it has printed something else. */
function readPackages(text: string): readonly InstalledPackage[] | undefined {
  const packages: InstalledPackage[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    const [, , state, name, version, arch] = LINE.exec(line) ?? [];
    // Names that dpkg knows, and that are not installed, have no version.
    if (name !== undefined && state !== "n" && state !== "c") packages.push({ name, version: version!, arch: arch! });
  }
  return packages.length > INSTALLED_MAX ? undefined : packages;
}
