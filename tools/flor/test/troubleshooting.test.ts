/** Each command of docs/operate/troubleshooting.md exists: it takes its arguments, and fails at most because it finds no node. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { RECEIVE_BUFFER_MIN } from "../src/doctor.ts";
import { bundled } from "./bundled.ts";
import { flor } from "./run-flor.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const page = readFileSync(`${root}docs/operate/troubleshooting.md`, "utf8");
const commands = [...page.matchAll(/^ *```console\n([^]*?)^ *```$/gm)].flatMap(([, block]) => {
  return block!
    .trim()
    .split("\n")
    .map((line) => line.trim());
});
/** Tools of the system, which may be missing: they are run only where they are installed. */
const SYSTEM = ["ls", "ss", "sysctl", "df"];

test("the page has commands, and the size that flor doctor wants", () => {
  expect(commands.length).toBeGreaterThan(10);
  expect(page).toContain(`should be ${RECEIVE_BUFFER_MIN} or more`);
});

test.each(commands)("%s", async (command) => {
  const [program = "", ...args] = command.split(" ");
  if (program === "flor") {
    const { code, out, err } = await flor(...args);
    expect([0, 1, 2]).toContain(code);
    expect(err).not.toContain("ERR_FLOR_USAGE");
    expect(out + err).not.toBe("");
    return;
  }
  if (SYSTEM.includes(program)) {
    const { error, stderr } = spawnSync(program, args, { encoding: "utf8" });
    if (error === undefined) expect(stderr).not.toMatch(/unknown option|unrecognized option|invalid option/);
    return;
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundled(program), ...args], { encoding: "utf8" });
  expect([0, 2, 3]).toContain(status);
  expect(stderr).not.toMatch(/ERR_USAGE|Usage:/);
  expect(stdout + stderr).not.toBe("");
});
