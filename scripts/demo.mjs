// The demo, with the engine that a deployed node would have: the data plane in Rust is built before, where there is a cargo.
// `--portable` builds nothing in Rust, and the demo then runs over the engine that needs none.
//
//   node scripts/demo.mjs [option of meshlab demo…]
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { endAs, runInForeground } from "./foreground.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const options = process.argv.slice(2);
const build = options.includes("--portable") ? "--build" : "--build-all";
const withToolchain = join(root, "scripts", "with-toolchain.mjs");
const demo = ["node", join(root, "tools", "meshlab", "dist", "main.js"), "demo", ...options];
endAs(await runInForeground(process.execPath, [withToolchain, build, ...demo], {}));
