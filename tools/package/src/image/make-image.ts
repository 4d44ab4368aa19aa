import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimes } from "../deb/build-package.ts";
import { runTool } from "../deb/tools.ts";
import type { MadePackages } from "../deb/make-packages.ts";

/** Beside our packages: the libraries of their native code, and a shell, which starts the programs. */
const BASE = ["--variant=extract", "--include=base-files,dash,libc6,libgcc-s1,libstdc++6", "bookworm"];
/** Files of the machine that makes the image, and what only a package manager reads. */
const LEFT_OUT = [
  "etc/resolv.conf",
  "etc/hostname",
  "etc/apt",
  "var/lib/apt",
  "var/lib/dpkg",
  "var/cache/apt",
  "var/log/apt",
];
/** The user of all processes. No system gives this number to a person. */
const USER = 65_532;
const USERS = {
  "etc/passwd": `root:x:0:0:root:/root:/bin/sh\nflorenetes:x:${USER}:${USER}::/var/lib/florenetes:/bin/sh\n`,
  "etc/group": `root:x:0:\nflorenetes:x:${USER}:\n`,
};
/** Folders that a node writes into. */
const OWN_FOLDERS = ["var/lib/florenetes", "run/florenetes"];
/** Runs without an argument; cluster-flor, fabric-flor, vpn-flor and control-flor are in the image, too. */
const COMMAND = ["link-flor", "run", "--config", "/etc/florenetes/link-flor.yaml"];

/**
 * Makes an image of a node out of our Debian packages and a few of Debian's, which come from its mirror: a folder in the layout of OCI. It needs
 * root, and no daemon.
 *
 * @param packages the folder that has them
 * @param out the folder that gets the layout
 * @returns the layout's folder and the image's tag, as `made-packages/florenetes-image:0.1.0`
 * @throws OperatorError `ERR_PACKAGE_TOOL`
 */
export function makeImage(packages: string, { version, time }: MadePackages, out: string): string {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-image-"));
  try {
    const root = join(folder, "root");
    runTool(["mmdebstrap", "--quiet", ...BASE, root]);
    for (const name of readdirSync(packages).filter((name) => name.endsWith(".deb")))
      runTool(["dpkg-deb", "--extract", join(packages, name), root]);
    completeRoot(root);
    setTimes(root, time);
    return layOut(root, join(out, "florenetes-image"), version, new Date(time * 1_000).toISOString());
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function completeRoot(root: string): void {
  for (const path of LEFT_OUT) rmSync(join(root, path), { recursive: true, force: true });
  for (const [path, text] of Object.entries(USERS)) writeFileSync(join(root, path), text);
  for (const path of OWN_FOLDERS) {
    mkdirSync(join(root, path), { recursive: true });
    chownSync(join(root, path), USER, USER);
    chmodSync(join(root, path), 0o750);
  }
}

/** Makes the layout with one layer, and with the times of the commit. */
function layOut(root: string, layout: string, version: string, time: string): string {
  // A tag has no place for what parts a version from its commit.
  const image = `${layout}:${version.replaceAll("+", "-")}`;
  mkdirSync(dirname(layout), { recursive: true });
  const umoci = (...args: readonly string[]): string => runTool(["umoci", ...args]);
  rmSync(layout, { recursive: true, force: true });
  umoci("init", "--layout", layout);
  umoci("new", "--image", image);
  umoci("insert", "--image", image, "--history.created", time, root, "/");
  const settings = {
    "config.user": `${USER}:${USER}`,
    "config.env": "PATH=/usr/bin:/bin",
    "config.label": `org.opencontainers.image.version=${version}`,
    created: time,
    "history.created": time,
  };
  const words = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  umoci("config", "--image", image, ...words, ...COMMAND.map((word) => `--config.cmd=${word}`));
  umoci("gc", "--layout", layout);
  return image;
}
