// Writes what native/declaration declares, for both languages: files in folders that git ignores. Only what has changed is written, so that
// nothing is built anew for nothing. Plain JavaScript for any Node from 18 on, as it runs in the set-up.
//
//   node scripts/declared.mjs
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import cluster from "../native/declaration/cluster.mjs";
import clusters from "../native/declaration/limits/clusters.mjs";
import links from "../native/declaration/limits/links.mjs";
import quic from "../native/declaration/limits/quic.mjs";
import link from "../native/declaration/link.mjs";
import shared from "../native/declaration/shared.mjs";
import { codecFiles } from "./declared/codec.mjs";
import { limitsFiles } from "./declared/limits.mjs";
import { ordersFiles } from "./declared/orders.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const HEAD = "// Made by scripts/declared.mjs of native/declaration: edit that.\n";

/** Writes all files whose text is another one than before. */
export function writeDeclared() {
  const limits = [...quic, ...links, ...clusters];
  const threads = [
    { crate: "cluster", class: "NativeCluster", ...cluster },
    { crate: "link", class: "NativeLane", ...link },
  ];
  const codec = codecFiles({
    typescript: "packages/data-plane/src/generated/told.ts",
    shared: { ...shared, crate: "lane" },
    threads,
  });
  const orders = ordersFiles("packages/data-plane/src/generated/orders.ts", threads, limits);
  for (const [path, text] of [...codec, ...orders, ...limitsFiles(limits)]) writeIfOther(join(root, path), HEAD + text);
}

function writeIfOther(path, text) {
  if (readIfThere(path) === text) return;
  mkdirSync(dirname(path), { recursive: true });
  // Whoever builds at the same time has the whole of it.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) writeDeclared();
