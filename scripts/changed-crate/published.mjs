// The crate as it was published: cargo brings it, and the checksum that is pinned judges it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { WHAT_TO_INSTALL, cargoVersion } from "../rust.mjs";

export const NATIVE = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "native");
export const CRATE = "quinn-proto";
/** Advice for files of ours that are not as they should be. */
export const HAVE_OURS_BACK = `take native/${CRATE} as it was committed (git checkout native/${CRATE})`;
/** Files of a published crate that cargo made for itself. */
const CARGO_OWN = new Set([".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig"]);
const METADATA_MAX = 67_108_864;
const TAR_BLOCK = 512;

/**
 * Reads the archive in cargo's cache, and not what cargo has unpacked, which anybody may have edited.
 *
 * @param environment with the cargo that is to be asked on its PATH
 * @returns texts by path, or in a sentence why they cannot be had, and what to do
 */
export function readPublished(environment) {
  if (cargoVersion(environment) === undefined) return { fault: `it needs ${WHAT_TO_INSTALL}` };
  const { version, checksum } = readPin(readFileSync(join(NATIVE, CRATE, "Cargo.lock"), "utf8"));
  const manifest = join(NATIVE, CRATE, "Cargo.toml");
  const metadata = spawnSync("cargo", ["metadata", "--locked", "--format-version", "1", "--manifest-path", manifest], {
    env: environment,
    encoding: "utf8",
    maxBuffer: METADATA_MAX,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (metadata.status !== 0) return { fault: describeRefusal(metadata.stderr, version) };
  const unpacked = dirname(JSON.parse(metadata.stdout).packages.find(({ name }) => name === CRATE).manifest_path);
  const archive = `${unpacked.replace(`${sep}src${sep}`, `${sep}cache${sep}`)}.crate`;
  const bytes = readIfThere(archive);
  if (bytes === undefined) {
    return {
      fault: `cargo has ${CRATE} ${version} at ${unpacked}, and no archive of it: let its config replace no source`,
    };
  }
  if (createHash("sha256").update(bytes).digest("hex") !== checksum) {
    return { fault: `${archive} is not what native/${CRATE}/Cargo.lock pins: delete it, and build again` };
  }
  return { files: readTar(gunzipSync(bytes), `${CRATE}-${version}/`) };
}

/** Version and checksum that a lock pins. */
function readPin(lock) {
  const entry = new RegExp(`^name = "${CRATE}"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"$`, "m");
  const [, version, checksum] = entry.exec(lock) ?? [];
  return { version, checksum };
}

function describeRefusal(stderr, version) {
  const reason = /^error: (.*)$/m.exec(stderr)?.[1] ?? stderr.trim().split("\n").at(-1);
  const isOurs = /checksum|Cargo\.lock|lock file/.test(stderr);
  return `cargo cannot bring ${CRATE} ${version} (${reason}): ${isOurs ? HAVE_OURS_BACK : "build again where its registry can be reached"}`;
}

/** Texts of the files below a folder of an archive, by path in it. */
function readTar(tar, top) {
  const files = new Map();
  const text = (start, length) => tar.toString("utf8", start, start + length).split("\0")[0];
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    const path = text(at, 100);
    // A regular file. Long names would be entries of their own: this crate has none.
    if ((type !== "0" && type !== "") || !path.startsWith(top))
      throw new Error(`an entry that is not expected: ${path}`);
    const name = path.slice(top.length);
    if (!CARGO_OWN.has(name)) files.set(name, tar.toString("utf8", at + TAR_BLOCK, at + TAR_BLOCK + size));
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return files;
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
