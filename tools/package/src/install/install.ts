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
import { CURRENT, PROGRAMS, type Release, type ReleaseFile } from "../release.ts";
import { monitoringFiles } from "../monitoring/monitoring-files.ts";
import { sourceOf, SYSTEM_FILES, type SystemFileKind } from "../system-files.ts";

const RELEASES = "/opt/florenetes/releases";
/** The places in which systemd, and people, look for files. */
const PLACES: Readonly<Record<SystemFileKind, string>> = {
  unit: "/usr/local/lib/systemd/system",
  users: "/usr/local/lib/sysusers.d",
  folders: "/usr/local/lib/tmpfiles.d",
  example: "/etc/florenetes/examples",
};
const SHARED = "/usr/local/share/florenetes";
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
    for (const file of SYSTEM_FILES)
      placeFile(join(root, PLACES[file.kind], file.name), { copyOf: sourceOf(checkout, file) }, false);
    for (const { path, content } of monitoringFiles(checkout)) placeFile(join(root, SHARED, path), content, false);
    placeLink(join(root, CURRENT), join("releases", release.name));
    for (const name of PROGRAMS.keys()) placeLink(join(root, "/usr/local/bin", name), join(CURRENT, "bin", name));
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
