/*
 *   docs/develop/first-change.md, command by command and in its order: the demo comes up, a link breaks and heals. Labs are found in a folder
 *   of this test's own, so that none of its commands means another lab.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { programArguments } from "@florenetes/meshlab";
import { afterAll, describe, expect, test } from "vitest";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(`${root}docs/develop/first-change.md`, "utf8");
const commands = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block]) => block!.trim().split("\n"));
const scripts = (JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: Record<string, string> })
  .scripts;
const reasons = readFileSync(`${root}apps/link-flor/src/quic-link/reasons.ts`, "utf8");
/** The words that the page quotes, and that its reader changes. */
const words = /`SILENT`: \*(.+?)\*/.exec(page)![1]!;

const folder = mkdtempSync("/tmp/florenetes-first-");
const env = { ...process.env, TMPDIR: folder };
let demo: ChildProcess | undefined;
let output = "";

afterAll(async () => {
  if (demo?.exitCode === null) {
    demo.kill("SIGINT");
    await once(demo, "exit");
  }
  rmSync(folder, { recursive: true });
});

async function startDemo(): Promise<void> {
  demo = spawn(process.execPath, [...programArguments("meshlab"), "demo"], { stdio: ["ignore", "pipe", "pipe"], env });
  for (const stream of [demo.stdout!, demo.stderr!]) stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
  await expect.poll(() => output, PATIENCE).toMatch(/curl http/);
}

function meshlab(args: readonly string[]): string {
  return execFileSync(process.execPath, [...programArguments("meshlab"), ...args], { encoding: "utf8", env });
}

/** For each command of the lab, the status that shows its effect. */
const SEEN: Readonly<Record<string, RegExp>> = {
  "kill b link-flor": /a -> b +not up[^]*b -> c +not up/,
  "start b link-flor": /a -> b +up[^]*b -> c +up/,
  "restart a link-flor": /a -> b +up/,
};

test("the page has commands, and its words are those of the code", () => {
  expect(commands.length).toBeGreaterThan(15);
  expect(reasons).toContain(`"SILENT"`);
  expect(reasons).toContain(`"${words}"`);
});

describe("the page's commands", () => {
  test.each(commands)("%s", async (command) => {
    const [program, ...args] = command.split(" ");
    if (command === "cd florenetes") return;
    if (command === "npm run demo") {
      await startDemo();
    } else if (program === "curl") {
      // The port is the page's, or another one if a program already has that.
      const url = /curl (http\S+)/.exec(output)![1]!;
      expect(execFileSync("curl", ["--silent", "--fail", "--max-time", "30", url], { encoding: "utf8" })).toMatch(
        /node d/,
      );
    } else if (program === "npm" && args.includes("--")) {
      expect(args.slice(0, 3)).toEqual(["run", "meshlab", "--"]);
      await lab(args.slice(3));
    } else if (program === "npm") {
      expect(scripts).toHaveProperty(args.at(-1)!);
    } else {
      const [, workspace, file] =
        /^node scripts\/with-toolchain\.mjs pnpm -F @florenetes\/(\S+) exec vitest run (\S+)$/.exec(command)!;
      expect(existsSync(`${root}apps/${workspace}/${file}`)).toBe(true);
    }
  });
});

/** Runs a command of the lab, and waits for the effect that the page tells. */
async function lab(args: readonly string[]): Promise<void> {
  const said = meshlab(args);
  const seen = SEEN[args.join(" ")];
  if (seen !== undefined) await expect.poll(() => meshlab(["status"]), PATIENCE_OF_PROCESSES).toMatch(seen);
  else if (args[0] === "status") expect(said).toMatch(/a -> b/);
  else await expect.poll(() => meshlab(args), PATIENCE_OF_PROCESSES).toContain(words);
}
