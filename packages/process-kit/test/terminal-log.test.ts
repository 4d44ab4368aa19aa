import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { requestAdmin } from "../src/index.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

test("a terminal that is stopped by Ctrl-S holds no process: it answers, counts the lines that are lost, and ends", async () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-terminal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const admin = join(folder, "admin.sock");
  const config = join(folder, "config.yaml");
  writeFileSync(config, `admin: ${admin}\nact: chatter\n`);
  const node = [process.execPath, "--conditions=@florenetes/source", fixture("program.ts"), "run", "--config", config];
  const terminal = spawn("python3", [fixture("terminal.py"), ...node], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void terminal.stdin.end());
  const lines = createInterface(terminal.stdout)[Symbol.asyncIterator]();
  /** Returns the line, and the number of lines with CHATTER before it. */
  const lineWith = async (text: string): Promise<{ line: string; chatter: number }> => {
    for (let chatter = 0; ;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the terminal has shown no ${text}`);
      const line = stripVTControlCharacters(value).trimEnd();
      if (line.includes(text)) return { line, chatter };
      if (line.includes("CHATTER")) chatter++;
    }
  };

  const pid = Number((await lines.next()).value);
  await lineWith("READY");
  terminal.stdin.write("stop\n");
  await lineWith("<stop>");
  expect(await requestAdmin(admin, "/status")).toMatchObject({ beat: 1 });
  expect(await requestAdmin(admin, "/status")).toMatchObject({ beat: 1 });

  terminal.stdin.write("go\n");
  const lost = await lineWith("lines of this log are lost");
  const count = Number(/(\d+) lines/.exec(lost.line)![1]);
  expect(count).toBeGreaterThan(500);
  expect(lost.chatter + count).toBe(1_000);

  terminal.stdin.write("stop\n");
  await lineWith("<stop>");
  expect(await requestAdmin(admin, "/status")).toMatchObject({ beat: 1 });
  process.kill(pid, "SIGTERM");
  expect(await once(terminal, "exit")).toEqual([0, null]);
}, 120_000);
