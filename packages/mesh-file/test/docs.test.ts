import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MESH_ERRORS, checkMesh, parseMesh } from "../src/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/mesh-file.md"), "utf8");

test.each(Object.keys(MESH_ERRORS))("%s is explained in docs/mesh-file.md", (code) => {
  expect(page).toContain(`| \`${code}\` |`);
});

test("the example of docs/mesh-file.md has no problems", () => {
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  expect(checkMesh(parseMesh(example, "/mesh.yaml").mesh)).toEqual([]);
});
