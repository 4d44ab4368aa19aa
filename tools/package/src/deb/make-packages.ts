import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { completionFiles } from "../completion/completion-files.ts";
import type { HelpFile } from "../help/help-file.ts";
import { readCommands } from "../help/read-commands.ts";
import { manualFiles, type ManualOptions } from "../manual/manual-files.ts";
import { gatherRelease, PROGRAMS, versionIn } from "../release.ts";
import { packageError } from "../package-error.ts";
import { buildPackage, compressed, type Compression } from "./build-package.ts";
import { ID_LENGTH, versionOf } from "./control.ts";
import { copyrightText } from "./copyright.ts";
import { thirdParties } from "./notices.ts";
import { debianPackages } from "./packages.ts";
import { sizesText } from "./sizes.ts";
import { makeSite } from "../site/make-site.ts";
import { siteNotices, siteParts, withSiteParts } from "../site/site-parts.ts";
import { chooseTarget } from "../target/choose-target.ts";
import type { Target } from "../target/target.ts";
import { makeTarball } from "../tarball/make-tarball.ts";
import { runTool } from "./tools.ts";

interface Commit {
  readonly id: string;
  /** Seconds since 1970. */
  readonly time: number;
  readonly isTagged: boolean;
  readonly isChanged: boolean;
}

/** Packages of one commit that were made. */
export interface MadePackages {
  readonly version: string;
  /** The time of the commit, in seconds since 1970. */
  readonly time: number;
  /** A text with the sizes of all that was made, and the oldest glibc that each native file runs on. */
  readonly sizes: string;
}

/**
 * Makes the Debian packages and the tarball of a checkout that is built.
 *
 * @param out the folder that gets them
 * @param compression `quick` for packages that nobody keeps
 * @param architecture for which they are made, in the words of Debian; without it, the machine's own
 * @throws OperatorError `ERR_INSTALL_USAGE`, `ERR_INSTALL_NOT_BUILT`, `ERR_PACKAGE_TOOL`, `ERR_PACKAGE_NO_COMMIT`
 */
export function makePackages(
  checkout: string,
  out: string,
  compression: Compression = "small",
  architecture?: string,
): MadePackages {
  const target = chooseTarget(checkout, architecture);
  const site = mkdtempSync(join(tmpdir(), "florenetes-site-"));
  try {
    makeSite(checkout, site);
    return makePackagesWith(site, checkout, target, out, compression);
  } finally {
    rmSync(site, { recursive: true });
  }
}

/** @param site the folder of the site of the documents */
function makePackagesWith(
  site: string,
  checkout: string,
  target: Target,
  out: string,
  compression: Compression,
): MadePackages {
  const release = gatherRelease(checkout, target.build, site);
  const manifest = versionIn(checkout);
  const commit = commitOf(checkout, manifest);
  checkBuild(checkout, commit);
  const version = versionOf(manifest, commit);
  const date = new Date(commit.time * 1_000).toISOString().slice(0, "2026-01-01".length);
  const parts = siteParts();
  const notices = thirdParties(checkout, target, siteNotices(parts));
  const packages = debianPackages({
    checkout,
    release,
    version,
    nodeVersion: target.nodeVersion,
    copyright: (name) => copyrightText(name, new Date(commit.time * 1_000).getUTCFullYear()),
    help: (program) => helpOf(checkout, program, { date, version }),
    notices: (name) => notices.get(name) ?? [],
    billOfMaterials: compressed(withSiteParts(billOfMaterials(checkout), parts)),
  });
  const built = packages.map((each) => buildPackage(each, target, commit.time, out, compression));
  const all = packages.flatMap(({ name }) => notices.get(name) ?? []);
  const tarball = makeTarball(
    { checkout, release, target, version, notices: all, time: commit.time },
    out,
    compression,
  );
  return { version, time: commit.time, sizes: sizesText(built, tarball) };
}

/** Programs tell the commit of which they were built: it has to be that in the packages' version. */
function checkBuild(checkout: string, { id }: Commit): void {
  const told = runTool([process.execPath, join(checkout, PROGRAMS.get("flor")!, "dist/main.js"), "--version"]).trim();
  if (told.includes(id.slice(0, ID_LENGTH))) return;
  const message = `the build is ${told}, and the checkout is at ${id.slice(0, ID_LENGTH)}`;
  throw packageError("ERR_INSTALL_NOT_BUILT", message, "Run `npm run build` first.");
}

function helpOf(checkout: string, program: string, options: ManualOptions): readonly HelpFile[] {
  const command = readCommands(program, join(checkout, PROGRAMS.get(program)!, "dist/main.js"));
  return [...manualFiles(command, checkout, options), ...completionFiles(command)];
}

function commitOf(checkout: string, version: string): Commit {
  const git = (...args: string[]): string => runTool(["git", "-C", checkout, ...args]).trim();
  try {
    const [id = "", time = ""] = git("log", "-1", "--format=%H %ct").split(" ");
    const tags = git("tag", "--points-at", "HEAD").split("\n");
    const isChanged = git("status", "--porcelain", "--untracked-files=no") !== "";
    return { id, time: Number(time), isTagged: tags.includes(`v${version}`), isChanged };
  } catch (cause) {
    const advice = "Make packages in a clone of the repository.";
    throw packageError("ERR_PACKAGE_NO_COMMIT", "git knows no commit here", advice, { file: checkout, cause });
  }
}

function billOfMaterials(checkout: string): string {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-sbom-"));
  try {
    const file = join(folder, "florenetes.cdx.json");
    const tool = join(checkout, "tools/supply-chain/dist/main.js");
    runTool([process.execPath, tool, "sbom", "--out", file], { cwd: checkout });
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
