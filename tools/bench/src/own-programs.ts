import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const SOURCES = join(import.meta.dirname, "../native");
const COMPILERS = ["cc", "gcc", "clang"].flatMap((name) => [`/usr/bin/${name}`, `/usr/local/bin/${name}`]);

/**
 * Compiles one of the bench's own programs in C into a folder, unless it is there. Returns the program's path.
 *
 * @throws Error when there is no C compiler on this machine.
 */
export function compileProgram(name: "wire" | "datagrams", folder: string): string {
  const program = join(folder, name);
  if (existsSync(program)) return program;
  const compiler = COMPILERS.find((path) => existsSync(path));
  if (compiler === undefined)
    throw new Error(`the bench's own program ${name} needs a C compiler: install Debian's packages gcc and libc6-dev`);
  execFileSync(compiler, ["-O2", "-o", program, join(SOURCES, `${name}.c`)], { stdio: "pipe" });
  return program;
}
