/** Gathers the skeletons of link vertices that `flor link-vertex init` copies: one folder for each language, beside the bundle of flor. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const root = join(import.meta.dirname, "..");
const PYTHON = "examples/link-vertex-python";
const TYPESCRIPT = "tools/link-vertex";
const READMES = "tools/flor/skeletons";
const PROTO = "packages/portal-api/portal.proto";

/** The skeleton in Python is made of these: its own two, and those that every link vertex needs. */
const PYTHON_MODULES = [
  "link_skeleton.py",
  "skeleton_links.py",
  "credentials.py",
  "florio.py",
  "hello.py",
  "judge.py",
  "judgement.py",
  "lists.py",
  "packet_queue.py",
  "pins.py",
  "portal.py",
  "portal_messages.py",
  "retries.py",
  "vertex.py",
];
const TYPESCRIPT_SOURCES = ["link-skeleton.ts", "skeleton-links.ts", "greetings.ts"];
/** The types of what `florenetes.js` exports. */
const DECLARATIONS = ["florenetes", "link-protocol", "packet-queue", "retries", "run-link-vertex"];

/**
 * Writes all skeletons below a folder, in the place of what is there. Of the one in TypeScript the native add-on is left out, which is
 * made for one kind of machine.
 *
 * @param bundleModule makes one module of ours, and all that it imports, into files of a folder
 */
export async function writeSkeletons(
  folder: string,
  bundleModule: (module: string, folder: string) => Promise<void>,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const python = join(folder, "python");
  for (const name of PYTHON_MODULES) copy(join(PYTHON, name), python);
  copy(join(PYTHON, "test/test_skeleton.py"), join(python, "test"));
  copy(join(READMES, "python/README.md"), python);
  copy(PROTO, join(python, "proto"));

  const typescript = join(folder, "typescript");
  for (const name of TYPESCRIPT_SOURCES) copy(join(TYPESCRIPT, "src", name), join(typescript, "src"));
  copy(join(TYPESCRIPT, "test/skeleton-links.test.ts"), join(typescript, "test"));
  for (const name of ["README.md", "package.json", "tsconfig.json"])
    copy(join(READMES, "typescript", name), typescript);
  copy(PROTO, join(typescript, "proto"));
  const own = join(typescript, "src/florenetes");
  await bundleModule(join(TYPESCRIPT, "src/florenetes/florenetes.ts"), own);
  for (const name of DECLARATIONS) writeFileSync(join(own, `${name}.d.ts`), declarationOf(name));
}

function copy(file: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, file), join(folder, basename(file)));
}

/** The types that tsc has made of a file, without the way to a map that stays behind. */
function declarationOf(name: string): string {
  const text = readFileSync(join(root, TYPESCRIPT, "dist/florenetes", `${name}.d.ts`), "utf8");
  return text.replace(/\/\/# sourceMappingURL=.*\n?$/, "\n");
}
