import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { programVersion } from "../src/index.ts";

test("sources that run as they are tell the version of their manifest", () => {
  const manifest = new URL("../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
  expect(programVersion(manifest)).toBe(version);
});
