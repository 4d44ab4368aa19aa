import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { changelogText, controlText } from "./control.ts";
import { librariesOf, oldestGlibc, strip } from "./native-code.ts";
import type { DebianPackage, PackageFile } from "./package-file.ts";
import { runTool } from "./tools.ts";
import type { Target } from "../target/target.ts";

/** The byte of a gzip header that names the machine, RFC 1952: 3 is Unix, also where zlib says something else. */
const GZIP_OS = 9;
/**
 * How packages are compressed: a test has no need of small ones. dpkg-deb cuts what it compresses in the same way for two threads wherever it
 * runs, and in another one for a single thread.
 */
const COMPRESSION = { small: ["-Zxz", "-z6", "--threads-max=2"], quick: ["-Znone"] } as const;
export type Compression = keyof typeof COMPRESSION;

/** A package that was made. */
export interface BuiltPackage {
  readonly name: string;
  readonly file: string;
  readonly octets: number;
  readonly installedOctets: number;
  /** Files of the package by size. */
  readonly files: readonly { readonly path: string; readonly octets: number }[];
  /** The oldest glibc that each native file runs on. */
  readonly glibc: ReadonlyMap<string, string>;
}

/**
 * Makes a Debian package with `dpkg-deb`. Equal files, texts and times give an equal package, to the octet.
 *
 * @param time of all files, in seconds since 1970
 * @param out the folder that gets the package
 * @throws OperatorError `ERR_PACKAGE_TOOL`
 */
export function buildPackage(
  each: DebianPackage,
  { architecture, tools }: Target,
  time: number,
  out: string,
  compression: Compression,
): BuiltPackage {
  const root = mkdtempSync(join(tmpdir(), "florenetes-package-"));
  try {
    for (const file of [...each.files, changelog(each, time)]) placeFile(root, file);
    const native = each.files.filter(({ isElf }) => isElf).map(({ path }) => path);
    for (const path of native) strip(join(root, path), tools);
    const files = filesBelow(root).map((path) => ({ path, octets: statSync(join(root, path)).size }));
    const installedOctets = files.reduce((sum, { octets }) => sum + octets, 0);
    const libraries = librariesOf(
      native.map((path) => join(root, path)),
      tools,
    );
    const glibc = new Map(native.map((path) => [path, oldestGlibc(join(root, path), tools)]));
    const control = join(root, "DEBIAN");
    mkdirSync(control);
    writeFileSync(join(control, "md5sums"), md5sums(root, files));
    writeFileSync(join(control, "control"), controlText(each, architecture, libraries, installedOctets));
    for (const [name, text] of each.scripts) placeFile(control, { path: name, content: { text }, isExecutable: true });
    setTimes(root, time);
    mkdirSync(out, { recursive: true });
    const file = join(out, `${each.name}_${each.version}_${architecture}.deb`);
    const env = { SOURCE_DATE_EPOCH: String(time) };
    runTool(["dpkg-deb", "--root-owner-group", ...COMPRESSION[compression], "--build", root, file], { env });
    const octets = statSync(file).size;
    return { name: each.name, file, octets, installedOctets, files, glibc };
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Debian's change log of a package. */
function changelog(each: DebianPackage, time: number): PackageFile {
  const octets = compressed(changelogText(each, time));
  return { path: `usr/share/doc/${each.name}/changelog.gz`, content: { octets } };
}

/** A text as `gzip -9n` makes it: without a name and a time. */
export function compressed(text: string): Uint8Array {
  const octets = gzipSync(text, { level: 9 });
  octets[GZIP_OS] = 3;
  return octets;
}

function placeFile(root: string, { path, content, isExecutable = false }: PackageFile): void {
  const file = join(root, path);
  makeFolder(dirname(file), root);
  if ("linkTo" in content) return symlinkSync(content.linkTo, file);
  if ("copyOf" in content) copyFileSync(content.copyOf, file);
  else writeFileSync(file, "text" in content ? content.text : content.octets);
  chmodSync(file, isExecutable ? 0o755 : 0o644);
}

/** Makes folders that everybody may enter, whatever the umask is. */
function makeFolder(folder: string, root: string): void {
  mkdirSync(folder, { recursive: true });
  for (let at = folder; at.length >= root.length; at = dirname(at)) chmodSync(at, 0o755);
}

/** Paths of all files, sorted. No symbolic link is followed. */
function filesBelow(root: string, folder = ""): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const inner = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => filesBelow(root, join(folder, name)));
  const own = entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
  return [...own, ...inner].toSorted();
}

function md5sums(root: string, files: readonly { readonly path: string }[]): string {
  const lines = files.map(({ path }) => {
    const digest = createHash("md5")
      .update(readFileSync(join(root, path)))
      .digest("hex");
    return `${digest}  ${path}\n`;
  });
  return lines.join("");
}

/** Sets the time of all files and folders in a folder, and its own, in seconds since 1970. */
export function setTimes(folder: string, time: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setTimes(path, time);
    else lutimesSync(path, time, time);
  }
  lutimesSync(folder, time, time);
}
