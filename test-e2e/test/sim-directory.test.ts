/** The directory of a large fabric: `npm run sim -- --fabric --figures --nodes 100000` measures a larger one. */
import { expect, test } from "vitest";
import { runDirectory } from "../src/sim/fabric/run-directory.ts";

const NODES = 1_200;

test("a directory holds the records of all nodes, and shows all of them page by page", { timeout: 600_000 }, () => {
  const lines: string[] = [];
  runDirectory(NODES, (line) => lines.push(line));
  expect(lines.join("\n")).toMatch(
    new RegExp(`${NODES} nodes: ${NODES} taken;[^]*it holds ${NODES} records[^]*2 pages of /facts`),
  );
});
