import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkMesh, parseMesh } from "../src/index.ts";
import { HANDED_ON, type NodeProgram } from "../src/settings.ts";

const folder = join(import.meta.dirname, "../../../docs/operate");
const page = readFileSync(join(folder, "mesh-file.md"), "utf8");
const reference = readFileSync(join(folder, "configuration.md"), "utf8");

/** Keys of configs that come of other parts of a mesh file, and `control`, which has to stay where the tools look for it. */
const WRITTEN: Readonly<Record<NodeProgram, string>> = {
  "link-flor": "state admin control clusters",
  "cluster-flor":
    "cluster vertex carriers portals state admin control links transit transit-limit cross-connects lsp-ends services paths tunnels sessions fabric",
  "fabric-flor":
    "cluster node state admin control door sessions listen root root-file development coordinator ways price metered updates",
};

test("the example of docs/operate/mesh-file.md has no problems", () => {
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  expect(checkMesh(parseMesh(example, "/mesh.yaml").mesh)).toEqual([]);
});

test.each(Object.keys(WRITTEN) as NodeProgram[])(
  "each key of %s is written, or handed on as one of settings",
  (program) => {
    const [, table = ""] = new RegExp(`^## ${program}$.*?^\\| --- .*?\\n(.*?)^$`, "ms").exec(reference) ?? [];
    const documented = [...table.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, key]) => key!);
    expect(documented.length).toBeGreaterThan(5);
    expect(documented.toSorted()).toEqual([...WRITTEN[program].split(" "), ...HANDED_ON[program]].toSorted());
  },
);

test.each(Object.keys(HANDED_ON) as NodeProgram[])("the page has the keys of %s that settings take", (program) => {
  const [, row = ""] = new RegExp(`^\\| \`${program}\` \\|(.*)$`, "m").exec(page) ?? [];
  expect([...row.matchAll(/`([a-z-]+)`/g)].map(([, key]) => key)).toEqual(HANDED_ON[program]);
});
