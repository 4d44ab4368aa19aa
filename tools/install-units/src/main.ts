#!/usr/bin/env node
/**
 * Puts a build under /opt, with systemd units, users, directories and examples: docs/operate/systemd.md.
 *
 *   install-units [--root DIR]
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runProgram } from "@florenetes/process-kit";
import { installError } from "./install-error.ts";
import { install } from "./install.ts";
import { gatherRelease } from "./release.ts";

/** A checkout has this file in tools/install-units/src or dist. */
const checkout = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Commands that make users, folders and units of the files. */
const COMMANDS = [
  "systemd-sysusers link-flor.conf cluster-flor.conf",
  "systemd-tmpfiles --create link-flor.conf",
  "systemctl daemon-reload",
];

runProgram(() => {
  const root = resolve(rootOf(process.argv.slice(2)));
  const release = gatherRelease(checkout, process.execPath);
  install(release, checkout, root);
  const isOther = root !== "/";
  process.stdout.write(
    `release ${release.name} is in place${isOther ? ` below ${root}` : ""}. Where it is to run, as root:\n`,
  );
  for (const command of COMMANDS) {
    process.stdout.write(`  ${command}\n`);
  }
  return Promise.resolve();
});

function rootOf(args: string[]): string {
  try {
    return parseArgs({ args, options: { root: { type: "string", default: "/" } } }).values.root;
  } catch (error) {
    const advice = "It takes `--root DIR`, and nothing else.";
    throw installError("ERR_INSTALL_USAGE", (error as Error).message, advice, { cause: error });
  }
}
