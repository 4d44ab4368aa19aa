#!/usr/bin/env node
/**
 * Puts a build where a machine runs it: docs/operate/packages.md and docs/operate/systemd.md.
 *
 *   main.js deb [--out DIR] [--arch ARCHITECTURE]
 *                                      Debian packages, and a tarball for other systems
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
import { gatherRelease, ownBuild, SITE } from "./release.ts";
import { makeSite } from "./site/make-site.ts";

/** A checkout has this file in tools/package/src or dist. */
const checkout = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The folder of what is made, unless another one is named. */
const OUT = "made-packages";

/** Values of options, in the words of the usage, that are no folders. */
const VALUES: Readonly<Record<string, string>> = { arch: "ARCHITECTURE" };

/** Commands that make users, folders and units of the files. */
const COMMANDS = [
  "systemd-sysusers link-flor.conf cluster-flor.conf",
  "systemd-tmpfiles --create link-flor.conf",
  "systemctl daemon-reload",
];

runProgram(() => {
  const [command, ...args] = process.argv.slice(2);
  if (command === "install") installUnits(resolve(optionsOf(args, "root").root ?? "/"));
  else if (command === "deb") makeDebs(optionsOf(args, "out", "arch"));
  else if (command === "image") makeImageOf(resolve(optionsOf(args, "out").out ?? OUT));
  else if (command === "docs" && args.length === 0) makeDocs();
  else throw packageError("ERR_INSTALL_USAGE", "no such command", "Name `deb`, `docs`, `image` or `install`.");
  return Promise.resolve();
});

function makeDebs({ out = OUT, arch }: Options<"out" | "arch">): void {
  process.stdout.write(makePackages(checkout, resolve(out), "small", arch).sizes);
}

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
  const release = gatherRelease(checkout, ownBuild(checkout));
  install(release, checkout, root);
  const isOther = root !== "/";
  process.stdout.write(
    `release ${release.name} is in place${isOther ? ` below ${root}` : ""}. Where it is to run, as root:\n`,
  );
  for (const command of COMMANDS) process.stdout.write(`  ${command}\n`);
}

type Options<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/** The values of the options that a command takes. */
function optionsOf<Name extends string>(args: string[], ...names: readonly Name[]): Options<Name> {
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
    return parseArgs({ args, options }).values as Options<Name>;
  } catch (error) {
    const taken = names.map((name) => `\`--${name} ${VALUES[name] ?? "DIR"}\``);
    const advice = `It takes ${taken.join(" and ")}, and nothing else.`;
    throw packageError("ERR_INSTALL_USAGE", (error as Error).message, advice, { cause: error });
  }
}
