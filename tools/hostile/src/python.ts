import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const VENV = fileURLToPath(new URL("../.venv", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("../requirements.txt", import.meta.url));

/** The Python that has aioquic; undefined when it was not installed. */
export function findPython(): string | undefined {
  const python = `${VENV}/bin/python3`;
  return existsSync(`${VENV}/installed`) ? python : undefined;
}

/** Installs the packages that the attackers need, from PyPI into a folder of this tool's. @throws Error with pip's output */
export function installPython(): void {
  run("python3", "-m", "venv", "--clear", VENV);
  run(`${VENV}/bin/python3`, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS);
  run("touch", `${VENV}/installed`);
}

/** The path of an attacker's program. */
export function attackerProgram(name: string): string {
  return fileURLToPath(new URL(`../attackers/${name}.py`, import.meta.url));
}

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) throw new Error(`"${command} ${args.join(" ")}" failed${error ? `: ${error.message}` : ""}`);
}
