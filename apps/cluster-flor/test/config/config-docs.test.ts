import { readFileSync } from "node:fs";
import { join } from "node:path";
import { keysOf } from "@florenetes/config-file/testing";
import { expect, test } from "vitest";
import { parseClusterConfig } from "../../src/config/cluster-config-file.ts";
import { clusterConfigSchema } from "../../src/config/schema.ts";

const manual = readFileSync(join(import.meta.dirname, "../../../../docs/operate/configuration.md"), "utf8");
const section = manual.split(/^## /m).find((text) => text.startsWith("cluster-flor\n"))!;

test("the example of docs/operate/configuration.md is a good config", () => {
  const [, example] = /```yaml\n([^]*?)```/.exec(section)!;
  expect(parseClusterConfig(example!, "/etc/florenetes/cluster.yaml").admin).toMatch(/^\/run\//);
});

test("the example beside the unit is a good config", () => {
  const example = readFileSync(join(import.meta.dirname, "../../systemd/cluster-flor.yaml"), "utf8");
  expect(parseClusterConfig(example, "/etc/florenetes/example/cluster-flor.yaml").cluster).toBe("example");
});

test("every key is explained in docs/operate/configuration.md", () => {
  const keys = keysOf(clusterConfigSchema);
  expect(keys.length).toBeGreaterThan(8);
  for (const key of keys) expect(section).toContain(`\`${key}\``);
});
