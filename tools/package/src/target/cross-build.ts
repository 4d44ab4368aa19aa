import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packagedEnvironment } from "../../../../scripts/rust.mjs";
import { runTool } from "../deb/tools.ts";
import { packageError } from "../package-error.ts";
import { ADD_ON, DATA_PLANE } from "../release.ts";
import type { Target } from "./target.ts";

/** The architecture for which packages are made on machines of other ones, in the words of Debian. */
export const CROSS_ARCHITECTURE = "arm64";
/** In the words of Debian's compilers and binutils. */
const CROSS = "aarch64-linux-gnu";
/** What is brought and made for it: ignored by git, and gone when the toolchain changes. */
const FOLDER = `.toolchain/${CROSS_ARCHITECTURE}`;
/** The package of npm with Node.js, pinned by its lock. */
const PINNED_NODE = `scripts/toolchain/${CROSS_ARCHITECTURE}`;
const NODE_PACKAGE = `node-linux-${CROSS_ARCHITECTURE}`;
const LOCK = "package-lock.json";

/**
 * Brings Node.js for arm64 and makes the add-ons for it. A checkout that is built has all else: programs are the same for each processor.
 *
 * @param triple the architecture in the words of Rust
 * @throws OperatorError `ERR_PACKAGE_TOOL` when a compiler is missing or fails
 */
export function crossBuild(checkout: string, triple: string): Target {
  checkStandardLibrary(triple);
  const node = bringNode(checkout);
  const { version } = JSON.parse(readFileSync(join(node, "package.json"), "utf8")) as { readonly version: string };
  const addOns = new Map([
    [ADD_ON, compileAddOn(checkout, node)],
    [DATA_PLANE, compileDataPlane(checkout, triple)],
  ]);
  return {
    architecture: CROSS_ARCHITECTURE,
    triple,
    nodeVersion: version,
    nodeLicense: join(node, "LICENSE"),
    build: { arch: "arm64", node: join(node, "bin/node"), addOns },
    tools: { prefix: `${CROSS}-`, libraries: `/usr/${CROSS}/lib` },
  };
}

/** Rust brings its standard library for each processor apart. Without it cargo fails late, with many words. */
function checkStandardLibrary(triple: string): void {
  const folder = runTool(["rustc", "--print", "target-libdir", "--target", triple]).trim();
  if (existsSync(folder)) return;
  const advice = `Debian 12: dpkg --add-architecture ${CROSS_ARCHITECTURE} && apt update && apt install libstd-rust-web-dev:${CROSS_ARCHITECTURE}. With rustup: rustup target add ${triple}.`;
  throw packageError("ERR_PACKAGE_TOOL", `rustc has no standard library for ${triple}`, advice);
}

/** Has npm install what the lock pins, where that is not done; returns the folder of Node.js. */
function bringNode(checkout: string): string {
  const pinned = join(checkout, PINNED_NODE);
  const folder = join(checkout, FOLDER);
  const node = join(folder, "node_modules", NODE_PACKAGE);
  // npm keeps its own list there of what it has installed whole.
  const installed = join(folder, "node_modules/.package-lock.json");
  if (existsSync(installed) && integrityIn(installed) === integrityIn(join(pinned, LOCK))) return node;
  tell(`bringing Node for ${CROSS_ARCHITECTURE} from npm (once)`);
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", LOCK]) copyFileSync(join(pinned, file), join(folder, file));
  // npm would refuse it for the processor of this machine; that its content is the pinned one stays asked for.
  const wanted = ["--force", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  runTool(["npm", "ci", ...wanted, "--prefix", folder]);
  return node;
}

function integrityIn(lock: string): string | undefined {
  const { packages } = JSON.parse(readFileSync(lock, "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
  };
  return packages[`node_modules/${NODE_PACKAGE}`]?.integrity;
}

/** Compiles the add-on in C++ in a folder of its own, as node-gyp has only one for each; returns its file. */
function compileAddOn(checkout: string, node: string): string {
  // As far below the checkout as packages/native/addon is, which names a file outside of it.
  const folder = join(checkout, FOLDER, "addon");
  for (const each of ["binding.gyp", "source"])
    cpSync(join(checkout, "packages/native/addon", each), join(folder, each), {
      recursive: true,
      preserveTimestamps: true,
    });
  tell(`compiling the add-on for ${CROSS_ARCHITECTURE}`);
  const env = {
    CC: `${CROSS}-gcc`,
    CXX: `${CROSS}-g++`,
    npm_config_arch: "arm64",
    npm_config_nodedir: node,
  };
  runTool(["pnpm", "--filter", "@florenetes/native", "run", "compile", "-C", folder], { cwd: checkout, env });
  return join(folder, "build/Release/florenetes.node");
}

/** Compiles the data plane in Rust, as the build does it for this machine; returns its file. */
function compileDataPlane(checkout: string, triple: string): string {
  tell(`building the data plane in Rust for ${CROSS_ARCHITECTURE} (some minutes at first)`);
  const underscored = triple.replaceAll("-", "_");
  const env = {
    ...packagedEnvironment(checkout, process.env),
    [`CARGO_TARGET_${underscored.toUpperCase()}_LINKER`]: `${CROSS}-gcc`,
    [`CC_${underscored}`]: `${CROSS}-gcc`,
  };
  const what = ["--profile", "addon", "--locked", "--package", "florenetes-node", "--target", triple];
  runTool(["cargo", "build", ...what, "--manifest-path", "native/Cargo.toml"], { cwd: checkout, env });
  return join(checkout, "native/target", triple, "addon/libflorenetes_node.so");
}

function tell(text: string): void {
  process.stderr.write(`florenetes: ${text}\n`);
}
