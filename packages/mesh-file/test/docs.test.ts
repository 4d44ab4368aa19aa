import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MESH_ERRORS, checkMesh, parseMesh } from "../src/index.ts";

const docs = join(import.meta.dirname, "../../../docs");
const page = readFileSync(join(docs, "operate/mesh-file.md"), "utf8");
const errors = readFileSync(join(docs, "operate/errors.md"), "utf8");

test.each(Object.keys(MESH_ERRORS))("%s is explained in docs/operate/errors.md", (code) => {
  expect(errors).toContain(`| \`${code}\` |`);
});

test("the example of docs/operate/mesh-file.md has no problems", () => {
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  expect(checkMesh(parseMesh(example, "/mesh.yaml").mesh)).toEqual([]);
});
