import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noticesText, type Notice } from "../deb/copyright.ts";
import { strip } from "../deb/native-code.ts";
import { isNative, isRead } from "../deb/packages.ts";
import { runTool } from "../deb/tools.ts";
import { install } from "../install/install.ts";
import { CURRENT, type Release } from "../release.ts";
import type { Target } from "../target/target.ts";

/** How a tarball is compressed. Two threads cut what they compress in the same way wherever they run. */
const COMPRESSION = { small: { program: "xz -6 -T2", end: ".xz" }, quick: { program: "cat", end: "" } } as const;

export interface TarballPlan {
  readonly checkout: string;
  readonly release: Release;
  readonly target: Target;
  readonly version: string;
  /** Parts that others wrote in it. */
  readonly notices: readonly Notice[];
  /** The time of all files, in seconds since 1970. */
  readonly time: number;
}

/**
 * Makes a tarball for machines without dpkg: all that `npm run install-units` puts in place, and a script that does so there. Equal files,
 * texts and times give an equal tarball, to the octet.
 *
 * @param out the folder that gets it
 * @returns its file and its size in octets
 * @throws OperatorError `ERR_PACKAGE_TOOL`
 */
export function makeTarball(
  plan: TarballPlan,
  out: string,
  compression: keyof typeof COMPRESSION,
): { readonly file: string; readonly octets: number } {
  const { checkout, release, target, version, time } = plan;
  const name = `florenetes-${version}-linux-${target.build.arch}`;
  const folder = mkdtempSync(join(tmpdir(), "florenetes-tarball-"));
  try {
    const files = join(folder, name, "files");
    const notices = { path: "third-party.txt", isExecutable: false, content: { text: noticesText(plan.notices) } };
    const read = [...release.files.filter(({ path }) => isRead(path)), notices];
    mkdirSync(files, { recursive: true });
    install({ ...release, files: read }, checkout, files);
    for (const { path } of read.filter(({ path }) => isNative(path)))
      strip(join(files, CURRENT, "../releases", release.name, path), target.tools);
    copyFileSync(join(checkout, "tools/package/scripts/install.sh"), join(folder, name, "install.sh"));
    const { program, end } = COMPRESSION[compression];
    const file = join(out, `${name}.tar${end}`);
    mkdirSync(out, { recursive: true });
    const equal = ["--sort=name", `--mtime=@${time}`, "--owner=0", "--group=0", "--numeric-owner", "--mode=go=rX,u+rw"];
    runTool(["tar", "--create", ...equal, `--use-compress-program=${program}`, "--file", file, "-C", folder, name]);
    return { file, octets: statSync(file).size };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
