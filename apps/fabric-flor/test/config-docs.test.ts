import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keysOf } from "@florenetes/config-file/testing";
import { expect, test } from "vitest";
import { planChanges } from "../src/config/config-changes.ts";
import { parseFabricConfig } from "../src/config/fabric-config-file.ts";
import { fabricConfigSchema } from "../src/config/schema.ts";

const manual = readFileSync(join(import.meta.dirname, "../../../docs/operate/configuration.md"), "utf8");
const section = manual.split(/^## /m).find((text) => text.startsWith("fabric-flor\n"))!;
const [, example] = /```yaml\n([^]*?)```/.exec(section)!;

test("the example of docs/operate/configuration.md is a good config", () => {
  expect(parseFabricConfig(example!, "/etc/florenetes/fabric.yaml").admin).toMatch(/^\/run\//);
});

test("every key is explained in docs/operate/configuration.md", () => {
  const keys = keysOf(fabricConfigSchema);
  expect(keys.length).toBeGreaterThan(12);
  for (const key of keys) expect(section).toContain(`\`${key}\``);
});

test("what a reload does with each key is told there", () => {
  const rows = section.slice(section.indexOf("### What a reload"));
  const running = parseFabricConfig(example!, "/etc/florenetes/fabric.yaml");
  const keys = keysOf(fabricConfigSchema).filter((key) => !["link", "labels", "etcd", "ca", "cert"].includes(key));
  for (const key of keys) expect(rows, key).toContain(`\`${key}\``);
  const restarts = rows.split("\n").find((row) => row.includes("ERR_RESTART_NEEDED"))!;
  const other = {
    cluster: "x",
    node: "x",
    state: "x",
    admin: "x",
    control: "x",
    api: "x",
    listen: "x",
    fingerprint: "x",
  };
  const signer = { key: "x", passphraseFile: undefined, command: undefined, rules: [] };
  const { restartKeys } = planChanges(running, { ...running, ...other, development: true, signer });
  expect(restartKeys.length).toBe(10);
  for (const key of restartKeys) expect(restarts).toContain(`\`${key}\``);
});
