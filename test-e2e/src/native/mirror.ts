/** The mirror of native/wire: a program that carries out lines, and answers each with a line. */
import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const OUTPUT_MAX = 1 << 30;

/** Whether the build has made the add-on, for which it needs a cargo. */
export const isNativeBuilt: boolean = existsSync(`${root}packages/data-plane/addon/florenetes-data-plane.node`);

/** Time for cargo, which builds what the mirror's tests need, too. */
export const BUILD_TIMEOUT_MS = 600_000;

let program = "";

/** Builds the mirror as cargo's tests are built, so that both share crates; does nothing without cargo. To be called before the tests. */
export function buildMirror(): void {
  if (!isNativeBuilt) return;
  const args = ["build", "--profile", "checks", "--workspace", "--locked", "--example", "mirror"];
  const { status, stderr } = spawnSync("cargo", args, { cwd: `${root}native`, encoding: "utf8" });
  assert(status === 0, `cargo ${args.join(" ")}: ${stderr}`);
  program = `${process.env["CARGO_TARGET_DIR"] ?? `${root}native/target`}/checks/examples/mirror`;
}

/** Lines for the mirror, each with the answer that the TypeScript gives. */
export class Script {
  readonly #lines: string[] = [];
  readonly #expected: string[] = [];

  add(line: string, answer: string): void {
    this.#lines.push(line);
    this.#expected.push(answer);
  }

  /** Runs the script; the first line whose answer differs is shown with the one before it. */
  expectEqual(): void {
    const input = `${this.#lines.join("\n")}\n`;
    const { status, stdout, stderr } = spawnSync(program, { input, encoding: "utf8", maxBuffer: OUTPUT_MAX });
    assert(status === 0, `the mirror ended with ${status}: ${stderr}`);
    const answers = stdout.split("\n");
    const at = this.#lines.findIndex((_, index) => answers[index] !== this.#expected[index]);
    if (at === -1) return;
    const context = this.#lines.slice(Math.max(0, at - 1), at + 1).join("\n");
    expect(answers[at], `line ${at + 1}, after ${context}`).toBe(this.#expected[at]);
  }
}

export function hexOf(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("hex");
}
