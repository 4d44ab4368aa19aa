// For the other scripts: whether there is a cargo that serves, and what native/ is made of.
// Plain JavaScript for any Node from 18 on, as it runs in the set-up.
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

/** napi 3 asks for it. */
const OLDEST = [1, 88];
export const WHAT_TO_INSTALL = "cargo 1.88 or newer (Debian 12: apt install cargo-web rustc-web; elsewhere: rustup)";

/** The version of the cargo on PATH, such as "1.95.0"; undefined when there is none that serves. */
export function cargoVersion(env = process.env) {
  const { stdout } = spawnSync("cargo", ["--version"], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const version = /^cargo (\d+)\.(\d+)\.\S+/.exec(stdout ?? "");
  if (version === null) return undefined;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const serves = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return serves ? version[0].slice("cargo ".length) : undefined;
}

/** Stands between two flags in cargo's own variable. */
const UNIT_SEPARATOR = "\u001F";

/**
 * The environment in which cargo makes what is packaged: the folders of the checkout and of cargo have other names in it, so that it is the
 * same wherever these are. Flags of the user's own, which would be in it, are left out.
 */
export function packagedEnvironment(root, env) {
  const places = [
    [root, "/florenetes"],
    [env.CARGO_HOME ?? join(homedir(), ".cargo"), "/cargo"],
  ];
  const mapped = (flag) => places.map(([place, name]) => `${flag}=${place}=${name}`);
  const rust = mapped("--remap-path-prefix").join(UNIT_SEPARATOR);
  // The digest of a file, which stays in a package, is over the debug symbols of C, too.
  return { ...env, CARGO_ENCODED_RUSTFLAGS: rust, CFLAGS: mapped("-ffile-prefix-map").join(" ") };
}
