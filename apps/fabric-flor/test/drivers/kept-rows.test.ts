import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { KeptRows } from "../../src/drivers/kept-rows.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-rows-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "coordinator.db");

test("rows outlive the process, each in the place of that before it; a damaged file is done without", () => {
  const first = new KeptRows(path);
  expect([first.read(), existsSync(path)]).toEqual([[], false]);
  first.keep([
    { name: "b", text: "1" },
    { name: "a", text: "2" },
  ]);
  first.keep([
    { name: "b", text: "3" },
    { name: "a", text: undefined },
    { name: "gone", text: undefined },
  ]);
  // A process that is killed closes nothing.
  using second = new KeptRows(path);
  expect(second.read()).toEqual([{ name: "b", text: "3" }]);
  first[Symbol.dispose]();
  second[Symbol.dispose]();
  writeFileSync(path, "no database");
  using third = new KeptRows(path);
  expect(third.read()).toEqual([]);
  third.keep([{ name: "c", text: "4" }]);
  expect(third.read()).toEqual([{ name: "c", text: "4" }]);
  using nowhere = new KeptRows(join(folder, "missing", "coordinator.db"));
  nowhere.keep([{ name: "c", text: "4" }]);
  expect(nowhere.read()).toEqual([]);
});
