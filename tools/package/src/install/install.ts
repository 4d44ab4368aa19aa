import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { packageError } from "../package-error.ts";
import { CURRENT, type Release, type ReleaseFile } from "../release.ts";

const RELEASES = "/opt/florenetes/releases";
/** Files of the checkout, and the places in which systemd, and people, look for them. */
const PLACED: readonly (readonly [from: string, to: string])[] = [
  ["apps/link-flor/systemd/link-flor.service", "/usr/local/lib/systemd/system/link-flor.service"],
  ["apps/cluster-flor/systemd/cluster-flor@.service", "/usr/local/lib/systemd/system/cluster-flor@.service"],
  [
    "apps/cluster-flor/systemd/cluster-flor-prepare@.service",
    "/usr/local/lib/systemd/system/cluster-flor-prepare@.service",
  ],
  ["apps/fabric-flor/systemd/fabric-flor@.service", "/usr/local/lib/systemd/system/fabric-flor@.service"],
  ["apps/link-flor/systemd/sysusers.conf", "/usr/local/lib/sysusers.d/link-flor.conf"],
  ["apps/cluster-flor/systemd/sysusers.conf", "/usr/local/lib/sysusers.d/cluster-flor.conf"],
  ["apps/link-flor/systemd/tmpfiles.conf", "/usr/local/lib/tmpfiles.d/link-flor.conf"],
  ["apps/link-flor/systemd/link-flor.yaml", "/etc/florenetes/examples/link-flor.yaml"],
  ["apps/cluster-flor/systemd/cluster-flor.yaml", "/etc/florenetes/examples/cluster-flor.yaml"],
  ["apps/fabric-flor/systemd/fabric-flor.yaml", "/etc/florenetes/examples/fabric-flor.yaml"],
  ["apps/cluster-flor/systemd/low-ports.conf", "/etc/florenetes/examples/low-ports.conf"],
];
/** Programs that people call by their names. */
const CALLED = ["link-flor", "cluster-flor", "fabric-flor", "flor"];
/** The mode of folders that are made: everybody may enter them, whatever the umask is. */
const FOLDER_MODE = 0o755;

/**
 * Puts a release, the units and all that belongs to them below a root. Running processes go on with the release from which they were
 * started, which only the next install removes.
 *
 * @throws OperatorError `ERR_INSTALL_DENIED`
 */
export function install(release: Release, checkout: string, root: string): void {
  try {
    const before = currentRelease(root);
    placeRelease(release, root);
    for (const [from, to] of PLACED) placeFile(join(root, to), { copyOf: join(checkout, from) }, false);
    placeLink(join(root, CURRENT), join("releases", release.name));
    for (const name of CALLED) placeLink(join(root, "/usr/local/bin", name), join(CURRENT, "bin", name));
    removeOthers(root, [release.name, before ?? release.name]);
  } catch (error) {
    const { code, path = root } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") throw error;
    const advice = "Run it as root, or name another --root.";
    throw packageError("ERR_INSTALL_DENIED", "it may not be written", advice, { file: path, cause: error });
  }
}

/** The name of the release from which new processes are started; undefined when there is none. */
function currentRelease(root: string): string | undefined {
  try {
    return basename(readlinkSync(join(root, CURRENT)));
  } catch {
    return undefined;
  }
}

/** Puts a release in its place, in one step: it is there whole or not at all. */
function placeRelease(release: Release, root: string): void {
  const folder = join(root, RELEASES, release.name);
  if (existsSync(folder)) return;
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  for (const { path, content, isExecutable } of release.files) {
    placeFile(join(unfinished, path), content, isExecutable);
  }
  renameSync(unfinished, folder);
}

function placeFile(path: string, content: ReleaseFile["content"], isExecutable: boolean): void {
  makeFolder(dirname(path));
  // A reader meanwhile gets the old file or the new one, each whole.
  const unfinished = `${path}.new`;
  if ("text" in content) writeFileSync(unfinished, content.text);
  else copyFileSync(content.copyOf, unfinished);
  chmodSync(unfinished, isExecutable ? 0o755 : 0o644);
  renameSync(unfinished, path);
}

function placeLink(path: string, target: string): void {
  makeFolder(dirname(path));
  rmSync(`${path}.new`, { force: true });
  symlinkSync(target, `${path}.new`);
  renameSync(`${path}.new`, path);
}

/** Makes a folder. Folders that exist stay as they are. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
  chmodSync(path, FOLDER_MODE);
}

function removeOthers(root: string, kept: readonly string[]): void {
  const folder = join(root, RELEASES);
  const others = readdirSync(folder).filter((name) => !kept.includes(name));
  for (const name of others) rmSync(join(folder, name), { recursive: true });
}
