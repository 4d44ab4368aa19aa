/*
 *   laptop ──── relay ──── site        four machines, each with Debian, systemd and our packages, do what the page of the tutorial says, and
 *                 │                    nothing else
 *               cabin
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, test } from "vitest";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE_MS, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { canBootSystemd } from "../src/systemd/machine.ts";
import { copyDebian, newerPackages, ourPackages } from "../src/systemd/packaged-mesh.ts";
import { TutorialMachines } from "../src/tutorial/machines.ts";
import { isAsShown, readPage, type Step } from "../src/tutorial/page.ts";

const TESTS = "the tutorial on four machines";
const TOOLS = ["mmdebstrap", "dpkg-deb", "dpkg-shlibdeps", "strip", "objdump", "cargo", "mkdocs", "ssh-keygen", "nft"];
const PREPARATION_MS_MAX = 600_000;
/** A renewal is waited for, too. */
const REPEATED_MS_MAX = 2 * PATIENCE_MS;
const SECTION_MS_MAX = 5 * PATIENCE_MS;
const checkout = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
const sections = readPage(readFileSync(join(checkout, "docs/operate/tutorial.md"), "utf8"));

const folder = mkdtempSync(join(tmpdir(), "florenetes-tutorial-"));
const base = join(folder, "base");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!canBootSystemd(TESTS) || !areInstalled(TESTS, ...TOOLS))("the tutorial", () => {
  let machines: TutorialMachines;
  /** Why sections are left out. */
  let obstacle: string | undefined;

  beforeAll(async () => {
    // Debian comes from a mirror while packages are made.
    const debian = copyDebian(TESTS, base);
    const [packages, newer] = [await ourPackages(), await newerPackages()];
    if (await debian) machines = await TutorialMachines.start(folder, base, { packages, newer });
    else obstacle = "there is no Debian system";
  }, PREPARATION_MS_MAX);
  afterAll(async () => machines?.[Symbol.asyncDispose]());

  const runOn = async (machine: string, step: Extract<Step, { readonly kind: "run" }>): Promise<void> => {
    const deadline = now() + REPEATED_MS_MAX;
    for (;;) {
      const { code, stdout } = await machines.run(machine, step.script);
      const isRight =
        (code === 0) === (step.until !== "it fails") && (step.prints === undefined || isAsShown(stdout, step.prints));
      if (isRight) return;
      if (step.until === "at once" || now() > deadline) {
        const what = `on ${machine}, with exit code ${code}:\n${step.script}\nprinted:\n${stdout}`;
        const shown = step.prints === undefined ? "" : `\nthe page shows:\n${step.prints}`;
        throw new Error(`${what}${shown}\n${await machines.logs()}`);
      }
      await sleep(PATIENCE_OF_PROCESSES.interval);
    }
  };
  const take = async (step: Step): Promise<void> => {
    if ("machine" in step) {
      machines.plug(step.machine, step.kind === "plug" ? "up" : "down");
      return;
    }
    const taken = step.machines.map((machine) =>
      step.kind === "run" ? runOn(machine, step) : machines.write(machine, step.path, step.text),
    );
    await Promise.all(taken);
  };

  test.for(sections)("$title", { timeout: SECTION_MS_MAX }, async ({ steps }, { skip }) => {
    skip(obstacle !== undefined, obstacle);
    obstacle = "a section before it has failed";
    for (const step of steps) await take(step);
    obstacle = undefined;
  });
});
