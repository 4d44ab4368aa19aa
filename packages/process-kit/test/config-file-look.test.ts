import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import { afterAll, expect, test } from "vitest";
import { ConfigFileLook } from "../src/config/config-file-look.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-look-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a file is the config that runs, another one, not in order or not there; it is read when it has changed", async () => {
  const file = join(folder, "config.yaml");
  let [running, reads] = ["a", 0];
  const look = new ConfigFileLook({
    file,
    load: () => {
      reads++;
      const text = readFileSync(file, "utf8");
      if (!text.startsWith("ERR_")) return Promise.resolve({ text });
      return Promise.reject(new OperatorError(text, "no", { advice: "Mend it." }));
    },
    isRunning: ({ text }) => text === running,
  });
  expect(await look.look()).toBe("unreadable");
  writeFileSync(file, "a");
  expect([await look.look(), await look.look()]).toEqual(["same", "same"]);
  expect(reads).toBe(1);
  running = "b";
  expect(await look.look()).toBe("differs");
  expect(reads).toBe(1);
  for (const [text, state] of [
    ["bc", "differs"],
    ["ERR_CONFIG_YAML", "refused"],
    ["ERR_CONFIG_FILE_ENCODING", "unreadable"],
    ["b", "same"],
  ] as const) {
    writeFileSync(file, text);
    expect(await look.look()).toBe(state);
  }
  rmSync(file);
  expect(await look.look()).toBe("unreadable");
  const broken = new ConfigFileLook({
    file: folder,
    load: () => Promise.reject(new TypeError("mine")),
    isRunning: () => true,
  });
  await expect(broken.look()).rejects.toThrow("mine");
});
