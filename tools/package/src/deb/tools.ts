import { spawnSync } from "node:child_process";
import { packageError } from "../package-error.ts";

const OUTPUT_MAX = 67_108_864;

/**
 * Runs a program of the build and returns what it prints.
 *
 * @throws OperatorError `ERR_PACKAGE_TOOL` when it is not installed or fails
 */
export function runTool(
  argv: readonly [string, ...string[]],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): string {
  const [command, ...args] = argv;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: "C.UTF-8", TZ: "UTC", ...options.env },
    encoding: "utf8",
    maxBuffer: OUTPUT_MAX,
  });
  if (error !== undefined) {
    const advice =
      "Install dpkg-dev, binutils and xz-utils, for the site mkdocs and python3-pymdownx, for an image mmdebstrap and umoci; for arm64 see docs/operate/packages.md.";
    throw packageError("ERR_PACKAGE_TOOL", `${command} cannot be started: ${error.message}`, advice, { cause: error });
  }
  if (status !== 0) {
    const said = `${stderr}${stdout}`.trim();
    throw packageError("ERR_PACKAGE_TOOL", `${argv.join(" ")} ended with ${status}: ${said}`, "Mend what it says.");
  }
  return stdout;
}
