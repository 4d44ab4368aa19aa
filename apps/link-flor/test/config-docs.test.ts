import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseLinkConfig } from "../src/config/link-config-file.ts";
import { linkConfigSchema } from "../src/config/schema.ts";

const manual = readFileSync(join(import.meta.dirname, "../../../docs/operate/configuration.md"), "utf8");
const section = manual.split(/^## /m).find((text) => text.startsWith("link-flor\n"))!;

test("the example of docs/operate/configuration.md is a good config", () => {
  const [, example] = /```yaml\n([^]*?)```/.exec(section)!;
  expect(parseLinkConfig(example!, "/etc/florenetes/link.yaml").admin).toMatch(/^\/run\//);
});

test("the example beside the unit is a good config", () => {
  const example = readFileSync(join(import.meta.dirname, "../systemd/link-flor.yaml"), "utf8");
  expect(parseLinkConfig(example, "/etc/florenetes/link-flor.yaml").clusters[0]!.cluster).toBe("example");
});

test("every key is explained in docs/operate/configuration.md", () => {
  const keys = keysOf(linkConfigSchema);
  expect(keys.length).toBeGreaterThan(8);
  for (const key of keys) expect(section).toContain(`\`${key}\``);
});

/** All keys that a schema knows, at any depth. */
function keysOf(schema: unknown): string[] {
  const inner = (schema as { _zod?: { def: Record<string, unknown> } } | undefined)?._zod?.def;
  if (inner === undefined) return [];
  const shape = Object.entries((inner["shape"] as Record<string, unknown> | undefined) ?? {});
  const below = [inner["innerType"], inner["element"], inner["valueType"], ...shape.map(([, value]) => value)];
  return [...shape.map(([key]) => key), ...below.flatMap(keysOf)];
}
