// For the other scripts: whether there is a cargo that serves, and what native/ is made of.
// Plain JavaScript for any Node from 18 on, as it runs in the set-up.
import { spawnSync } from "node:child_process";

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
