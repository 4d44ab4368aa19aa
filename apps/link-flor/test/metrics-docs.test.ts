import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LINK_METRICS } from "../src/admin/link-metrics.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/metrics.md"), "utf8");

test("docs/operate/metrics.md lists every metric with its type and labels, and no other", () => {
  const listed = page
    .split(/^## /m)
    .filter((section) => /^Of (both processes|link-flor)\n/.test(section))
    .flatMap((section) => [...section.matchAll(/^\| `florenetes_(\w+)` \| (\w+) \| (.+?) \| .+ \|$/gm)])
    .map(([, name, kind, labels]) => `${name} ${kind} ${labels!.replaceAll("`", "")}`);
  const told = LINK_METRICS.map(({ name, kind, labels }) => `${name} ${kind} ${labels.join(", ")}`);
  expect(told.toSorted()).toEqual(listed.toSorted());
});
