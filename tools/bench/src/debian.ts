import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** Packages are unpacked here, beside the figures. */
const CACHE = resolve("bench-results", "debian");
const NOT_INSTALLED = "not Debian's";
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

export interface Program {
  /** What an argument vector that runs it begins with. Its process is the program's own. */
  readonly argv: readonly string[];
  readonly version: string;
}

/**
 * A program from a Debian package: the installed one, else one that is fetched and unpacked into a folder of the bench. A
 * package is never installed, so that no service of it is ever set up or started on the machine that is measured.
 * @throws Error that says which package to install, when it cannot be fetched.
 */
export function findProgram(command: string, debianPackage: string = command): Program {
  const installed = SYSTEM_FOLDERS.map((folder) => join(folder, command)).find((path) => existsSync(path));
  if (installed !== undefined) return { argv: [installed], version: installedVersion(debianPackage) };
  ensurePackage(debianPackage);
  const folder = join(CACHE, debianPackage);
  const program = SYSTEM_FOLDERS.map((path) => join(folder, "root", path, command)).find((path) => existsSync(path));
  if (program === undefined) throw new Error(`Debian's package ${debianPackage} has no program ${command}`);
  const libraries = libraryFolders(join(folder, "root"));
  const environment = libraries.length === 0 ? [] : ["env", `LD_LIBRARY_PATH=${libraries.join(":")}`];
  return { argv: [...environment, program], version: versionOfFile(readdirSync(folder), debianPackage) };
}

/** Fetches a package that is neither installed nor fetched yet; `findProgram` does it, too, in the midst of what it is needed for. */
export function ensurePackage(debianPackage: string): void {
  const folder = join(CACHE, debianPackage);
  if (installedVersion(debianPackage) === NOT_INSTALLED && !existsSync(folder)) fetchPackage(debianPackage, folder);
}

/** Version in the name of a package's file (`haproxy_2.6.12-1+deb12u4_amd64.deb`), without Debian's revision. */
export function versionOfFile(files: readonly string[], debianPackage: string): string {
  const file = files.find((name) => name.startsWith(`${debianPackage}_`)) ?? "";
  return upstreamVersion(decodeURIComponent(file.split("_")[1] ?? "unknown"));
}

/** `1:9.2p1-2+deb12u10` is 9.2p1 of whoever wrote it. */
function upstreamVersion(version: string): string {
  return version.replace(/^\d+:/, "").replace(/(?:\+dfsg)?-[^-]*$/, "");
}

export function installedVersion(debianPackage: string): string {
  try {
    const argv = ["--show", "--showformat=${Version}", debianPackage];
    return upstreamVersion(execFileSync("dpkg-query", argv, { encoding: "utf8", stdio: "pipe" }));
  } catch {
    return NOT_INSTALLED;
  }
}

function fetchPackage(debianPackage: string, folder: string): void {
  process.stderr.write(`bench: fetching ${debianPackage} from Debian\n`);
  const staged = `${folder}.part`;
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, "partial"), { recursive: true });
  const options = ["--yes", "--no-install-recommends", "--download-only"];
  const settings = ["APT::Sandbox::User=root", `Dir::Cache::archives=${staged}`].flatMap((one) => ["-o", one]);
  const download = (): void => {
    execFileSync("apt-get", ["install", ...options, ...settings, debianPackage], { stdio: "pipe" });
  };
  try {
    try {
      download();
    } catch {
      // Lists of packages that are missing or old are the usual reason.
      execFileSync("apt-get", ["update"], { stdio: "pipe" });
      download();
    }
    for (const file of readdirSync(staged).filter((name) => name.endsWith(".deb"))) {
      execFileSync("dpkg-deb", ["--extract", join(staged, file), join(staged, "root")], { stdio: "pipe" });
    }
  } catch (error) {
    rmSync(staged, { recursive: true, force: true });
    throw new Error(`Debian's package ${debianPackage} cannot be fetched: install it by hand`, { cause: error });
  }
  renameSync(staged, folder);
}

function libraryFolders(root: string): string[] {
  return ["usr/lib", "lib"]
    .map((path) => join(root, path))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((name) => join(path, name)))
    .filter((path) => path.endsWith("-linux-gnu") || path.endsWith("-linux-gnueabihf"));
}
