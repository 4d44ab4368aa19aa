import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { StateLock } from "../../src/drivers/state-lock.ts";

const SOURCE = join(import.meta.dirname, "../../src/drivers/state-lock.ts");

test("a folder is one process's until that ends, however it does", () => {
  const state = join(mkdtempSync(join(tmpdir(), "state-lock-")), "state");
  /** Takes the folder in another process, which is then killed. */
  const takeElsewhere = (): string => {
    const script = `const { StateLock } = await import(${JSON.stringify(SOURCE)});
      try { new StateLock(process.argv[1]); console.log("taken"); } catch (error) { console.log(error.code); }
      process.kill(process.pid, "SIGKILL");`;
    const options = ["--conditions=@florenetes/source", "--input-type=module", "-e", script, state];
    try {
      return execFileSync(process.execPath, options, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    } catch (error) {
      return (error as { readonly stdout: string }).stdout;
    }
  };
  expect(takeElsewhere().trim()).toBe("taken");
  const lock = new StateLock(state);
  expect(takeElsewhere().trim()).toBe("ERR_CONTROL_STATE_USED");
  expect(() => new StateLock(state)).toThrow(expect.objectContaining({ code: "ERR_CONTROL_STATE_USED" }));
  lock[Symbol.dispose]();
  new StateLock(state)[Symbol.dispose]();
  rmSync(join(state, ".."), { recursive: true });
});
