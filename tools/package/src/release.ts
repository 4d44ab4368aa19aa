import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { packageError } from "./package-error.ts";
import { findWithDependencies } from "./npm-packages.ts";
import type { NativeBuild } from "./target/target.ts";

/** The folder of the present release, on the machine that runs it. */
export const CURRENT = "/opt/florenetes/current";
/** The programs by the names that people call, with their folders in the checkout. */
export const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ["link-flor", "apps/link-flor"],
  ["cluster-flor", "apps/cluster-flor"],
  ["fabric-flor", "apps/fabric-flor"],
  ["vpn-flor", "apps/vpn-flor"],
  ["control-flor", "apps/control-flor"],
  ["store-flor", "apps/store-flor"],
  ["update-flor", "apps/update-flor"],
  ["flor", "tools/flor"],
]);
/** The folder of the site of the documents, in a release and in a checkout. */
export const SITE = "docs-site";
/** The add-on in C++. */
export const ADD_ON = "packages/native/addon/build/Release/florenetes.node";
/** The add-on in Rust. A build without cargo has none. */
export const DATA_PLANE = "packages/data-plane/addon/florenetes-data-plane.node";
/** The processor for which npm has the add-on of the portable engine, in the words of Node.js. */
export const PORTABLE_ARCH = "x64";
/** How the name of a file with V8's code of a program ends. */
const CODE_END = ".cjs.code";
/** Code of functions that ran in a mesh: other ones at each build. */
const MESH_CODE_END = ".cjs.mesh-code";
/** The characters of a release's name that tell its contents. */
const DIGEST_LENGTH = 12;

/** A file of a release: a copy of another one, or a text. */
export interface ReleaseFile {
  /** The path of the file in the release. */
  readonly path: string;
  readonly isExecutable: boolean;
  readonly content: { readonly copyOf: string } | { readonly text: string };
}

/** All files that run on a node, in the places in which the bundles look for them. */
export interface Release {
  /** Releases with the same files have the same name. */
  readonly name: string;
  readonly files: readonly ReleaseFile[];
}

/** The native code that a checkout is built with, for the machine that has built it. */
export function ownBuild(checkout: string): NativeBuild {
  const addOns = new Map([ADD_ON, DATA_PLANE].map((path) => [path, join(checkout, path)]));
  return { arch: process.arch, node: process.execPath, addOns };
}

/**
 * Gathers a release from a checkout that is built.
 *
 * @param build the native code in it
 * @param site the folder of the site of the documents; without it the release has none
 * @throws OperatorError `ERR_INSTALL_NOT_BUILT`
 */
export function gatherRelease(checkout: string, build: NativeBuild, site?: string): Release {
  const files: ReleaseFile[] = [copy("bin/node", realpathSync(build.node), true)];
  for (const [name, folder] of PROGRAMS) {
    files.push({ path: `bin/${name}`, isExecutable: true, content: { text: starter(folder) } });
    // V8 takes only the code that it has made on such a processor: any other one would be dead weight.
    const taken = folderFiles(checkout, join(folder, "dist")).filter(
      ({ path }) => !path.endsWith(MESH_CODE_END) && (build.arch === process.arch || !path.endsWith(CODE_END)),
    );
    files.push(...taken, copyOwn(checkout, join(folder, "package.json")));
  }
  for (const [path, addOn] of build.addOns) {
    if (existsSync(addOn)) files.push(copy(path, addOn));
    else if (path !== DATA_PLANE) throw notBuilt(addOn);
  }
  files.push(...loadedPackages(checkout, build.arch));
  files.push(...folderFiles(checkout, "docs"), copyOwn(checkout, "LICENSE"));
  if (site !== undefined) files.push(...folderFiles(site, "", SITE));
  return { name: nameOf(checkout, files), files };
}

/** A script that runs a program with the release's own Node, whatever the machine has. */
function starter(folder: string): string {
  return `#!/bin/sh\nexec ${CURRENT}/bin/node --disable-sigusr1 ${CURRENT}/${folder}/dist/main.js "$@"\n`;
}

/** Packages that the bundles load while they run: the portable engine's add-on, and the log's form for terminals. */
function loadedPackages(checkout: string, arch: string): ReleaseFile[] {
  const engine = realpathSync(join(checkout, "packages/quic/node_modules/@matrixai/quic"));
  const portable = `@matrixai/quic-${process.platform}-${PORTABLE_ARCH}`;
  const packages = [
    ...(arch === PORTABLE_ARCH ? findWithDependencies(portable, dirname(dirname(engine))) : []),
    ...findWithDependencies("pino-pretty", join(checkout, "packages/process-kit")),
  ];
  return packages.flatMap(({ name, folder }) => folderFiles(folder, "", join("node_modules", name)));
}

/** All files of a folder and of its folders. Their paths in the release begin with `path`: by default the folder's path from `root`. */
function folderFiles(root: string, folder: string, path: string = folder): ReleaseFile[] {
  const from = join(root, folder);
  if (!existsSync(from)) throw notBuilt(from);
  return readdirSync(from, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !file.slice(from.length).includes("/node_modules/"))
    .map((file) => copy(join(path, file.slice(from.length)), file));
}

function copyOwn(checkout: string, path: string): ReleaseFile {
  const from = join(checkout, path);
  if (!existsSync(from)) throw notBuilt(from);
  return copy(path, from);
}

function copy(path: string, copyOf: string, isExecutable = false): ReleaseFile {
  return { path, isExecutable, content: { copyOf } };
}

function notBuilt(file: string): Error {
  return packageError("ERR_INSTALL_NOT_BUILT", `${basename(file)} is not built`, "Run `npm run build` first.", {
    file,
  });
}

/** The version of the manifests, which all programs have. */
export function versionIn(checkout: string): string {
  const manifest = readFileSync(join(checkout, "apps/link-flor/package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function nameOf(checkout: string, files: readonly ReleaseFile[]): string {
  const hash = createHash("sha256");
  for (const { path, content } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const octets = "text" in content ? Buffer.from(content.text) : readFileSync(content.copyOf);
    hash.update(`${path}\0${octets.length}\0`).update(octets);
  }
  return `${versionIn(checkout)}-${hash.digest("hex").slice(0, DIGEST_LENGTH)}`;
}
