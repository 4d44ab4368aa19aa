#!/usr/bin/env node
/**
 * Puts a build where a machine runs it: docs/operate/packages.md and docs/operate/systemd.md.
 *
 *   main.js deb [--out DIR]            Debian packages, and a tarball for other systems
 *   main.js image [--out DIR]          an image of OCI, of the same packages
 *   main.js docs                       the documents as a site, in the checkout's folder docs-site/
 *   main.js install [--root DIR]       a release under /opt, with systemd units, users, directories and examples
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runProgram } from "@florenetes/process-kit";
import { makeImage } from "./image/make-image.ts";
import { install } from "./install/install.ts";
import { makePackages } from "./deb/make-packages.ts";
import { packageError } from "./package-error.ts";
import { gatherRelease, SITE } from "./release.ts";
import { makeSite } from "./site/make-site.ts";

/** A checkout has this file in tools/package/src or dist. */
const checkout = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Commands that make users, folders and units of the files. */
const COMMANDS = [
  "systemd-sysusers link-flor.conf cluster-flor.conf",
  "systemd-tmpfiles --create link-flor.conf",
  "systemctl daemon-reload",
];

runProgram(() => {
  const [command, ...args] = process.argv.slice(2);
  if (command === "install") installUnits(resolve(optionOf(args, "root", "/")));
  else if (command === "deb")
    process.stdout.write(makePackages(checkout, resolve(optionOf(args, "out", "made-packages"))).sizes);
  else if (command === "image") makeImageOf(resolve(optionOf(args, "out", "made-packages")));
  else if (command === "docs" && args.length === 0) makeDocs();
  else throw packageError("ERR_INSTALL_USAGE", "no such command", "Name `deb`, `docs`, `image` or `install`.");
  return Promise.resolve();
});

function makeDocs(): void {
  const out = join(checkout, SITE);
  makeSite(checkout, out);
  process.stdout.write(`${join(out, "index.html")}\n`);
}

function makeImageOf(out: string): void {
  const packages = mkdtempSync(join(tmpdir(), "florenetes-packages-"));
  try {
    const made = makePackages(checkout, packages, "quick");
    process.stdout.write(`${makeImage(packages, made, out)}\n`);
  } finally {
    rmSync(packages, { recursive: true });
  }
}

function installUnits(root: string): void {
  const release = gatherRelease(checkout, process.execPath);
  install(release, checkout, root);
  const isOther = root !== "/";
  process.stdout.write(
    `release ${release.name} is in place${isOther ? ` below ${root}` : ""}. Where it is to run, as root:\n`,
  );
  for (const command of COMMANDS) process.stdout.write(`  ${command}\n`);
}

/** The value of the one option that a command takes. */
function optionOf(args: string[], name: string, byDefault: string): string {
  try {
    const { values } = parseArgs({ args, options: { [name]: { type: "string", default: byDefault } } });
    return String(values[name]);
  } catch (error) {
    const advice = `It takes \`--${name} DIR\`, and nothing else.`;
    throw packageError("ERR_INSTALL_USAGE", (error as Error).message, advice, { cause: error });
  }
}
