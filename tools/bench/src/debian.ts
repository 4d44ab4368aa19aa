import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** The folder in which packages are unpacked, beside the figures. */
const CACHE = resolve("bench-results", "debian");

/**
 * The words that run a program: the installed one, else one that is fetched from Debian and unpacked into a folder of the bench. The
 * bench never installs a package, since that could set up or start a service on the machine that is measured.
 *
 * @throws Error that says which package to install, when it cannot be fetched.
 */
export function findProgram(command: string, debianPackage: string = command): readonly string[] {
  const installed = findIn("/", command);
  if (installed !== undefined) return [installed];
  const folder = join(CACHE, debianPackage);
  if (!existsSync(folder)) fetchPackage(debianPackage, folder);
  const root = join(folder, "root");
  const program = findIn(root, command);
  if (program === undefined) throw new Error(`Debian's package ${debianPackage} has no program ${command}`);
  const libraries = globSync(join(root, "{usr/lib,lib}/*-linux-gnu*"));
  return libraries.length === 0 ? [program] : ["env", `LD_LIBRARY_PATH=${libraries.join(":")}`, program];
}

/** The version of a Debian package: the installed one, else the one that would be fetched. */
export function versionOf(debianPackage: string): string {
  const policy = execFileSync("apt-cache", ["policy", debianPackage], { encoding: "utf8" });
  return /(?:Installed|Candidate): (\d\S*)/.exec(policy)?.[1] ?? "unknown version";
}

function findIn(root: string, command: string): string | undefined {
  return globSync(join(root, "{usr/local/,usr/,}{sbin,bin}", command))[0];
}

function fetchPackage(debianPackage: string, folder: string): void {
  process.stderr.write(`bench: fetching ${debianPackage} from Debian\n`);
  const staged = `${folder}.part`;
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, "partial"), { recursive: true });
  const run = (program: string, ...argv: string[]): unknown => execFileSync(program, argv, { stdio: "pipe" });
  const settings = ["-o", "APT::Sandbox::User=root", "-o", `Dir::Cache::archives=${staged}`];
  const install = ["install", "--yes", "--no-install-recommends", "--download-only", ...settings, debianPackage];
  try {
    run("apt-get", "update");
    run("apt-get", ...install);
    for (const file of globSync(join(staged, "*.deb"))) run("dpkg-deb", "--extract", file, join(staged, "root"));
  } catch (error) {
    throw new Error(`Debian's package ${debianPackage} cannot be fetched: install it by hand`, { cause: error });
  }
  renameSync(staged, folder);
}
