import { dirname, join } from "node:path";
import { runTool } from "../deb/tools.ts";
import { packageError } from "../package-error.ts";
import { ownBuild } from "../release.ts";
import { CROSS_ARCHITECTURE, crossBuild } from "./cross-build.ts";
import type { Target } from "./target.ts";

const TRIPLES: Readonly<Record<string, string>> = {
  amd64: "x86_64-unknown-linux-gnu",
  arm64: "aarch64-unknown-linux-gnu",
};

/**
 * What packages of an architecture are made of: the build of the checkout, where that is the machine's own; for arm64 on another machine, a
 * build by Debian's cross compilers, which is made here.
 *
 * @param asked in the words of Debian; without it, the machine's own
 * @throws OperatorError `ERR_INSTALL_USAGE`, `ERR_PACKAGE_TOOL`
 */
export function chooseTarget(checkout: string, asked?: string): Target {
  const own = runTool(["dpkg", "--print-architecture"]).trim();
  const architecture = asked ?? own;
  const triple = TRIPLES[architecture];
  if (triple === undefined || ![own, CROSS_ARCHITECTURE].includes(architecture)) {
    const possible = [...new Set([own, CROSS_ARCHITECTURE])].join(" or ");
    throw packageError("ERR_INSTALL_USAGE", `no packages are made for ${architecture} here`, `Ask for ${possible}.`);
  }
  if (architecture !== own) return crossBuild(checkout, triple);
  const nodeLicense = join(dirname(dirname(process.execPath)), "LICENSE");
  const nodeVersion = process.versions.node;
  return { architecture, triple, nodeVersion, nodeLicense, build: ownBuild(checkout), tools: { prefix: "" } };
}
