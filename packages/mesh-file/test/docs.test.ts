import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkMesh, parseMesh } from "../src/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/mesh-file.md"), "utf8");

test("the example of docs/operate/mesh-file.md has no problems", () => {
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  expect(checkMesh(parseMesh(example, "/mesh.yaml").mesh)).toEqual([]);
});
