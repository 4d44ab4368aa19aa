import { readFileSync } from "node:fs";
import { isOperatorError, OperatorErrors } from "@florenetes/operator-text";
import { expect, test } from "vitest";
import { isUnchanged, planChanges } from "../../src/config/config-changes.ts";
import { parseSize } from "../../src/config/size.ts";
import { parseStoreConfig } from "../../src/config/store-config-file.ts";

const COMMON = "cluster: demo\nnode: b\nadmin: /run/a/admin.sock\nlisten: /run/a/store.sock\n";
const STORE = `${COMMON}update-store: { folder: published }\n`;
const CACHE = `${COMMON}update-cache: { state: s, sessions: /run/a/m.sock, repository-root: r.json, budget: 2 GB }\n`;

function codesOf(text: string): readonly string[] {
  try {
    parseStoreConfig(text, "/etc/x.yaml");
    return [];
  } catch (error) {
    if (error instanceof OperatorErrors) return error.problems.map(({ code }) => code);
    return isOperatorError(error) ? [error.code] : [String(error)];
  }
}

test("a store and a cache have their defaults", () => {
  expect(parseStoreConfig(STORE, "/etc/x.yaml")).toMatchObject({
    cluster: "demo",
    control: "/run/a/admin-control.sock",
    serves: { mode: "update-store", folder: "/etc/published" },
    limits: { readers: 64, readersOfOne: 8, rate: undefined },
  });
  expect(parseStoreConfig(`${CACHE}limits: { rate: 80 Mbit/s }\n`, "/etc/x.yaml")).toMatchObject({
    serves: { mode: "update-cache", state: "/etc/s", budget: 2e9, agent: undefined },
    limits: { rate: 10_000_000 },
  });
});

test.each([
  ["store-flor.yaml", "update-store"],
  ["store-flor-cache.yaml", "update-cache"],
])("the example %s is one of %s", (name, mode) => {
  const text = readFileSync(new URL(`../../systemd/${name}`, import.meta.url), "utf8");
  expect(parseStoreConfig(text, "/etc/florenetes/example/store-flor.yaml").serves.mode).toBe(mode);
});

test.each([
  ["neither mode", COMMON, "ERR_STORE_MODE"],
  ["both modes", `${STORE}${CACHE.slice(COMMON.length)}`, "ERR_STORE_MODE"],
  ["a budget without a unit", CACHE.replace("2 GB", "2000"), "ERR_STORE_SIZE"],
  ["a budget that holds no package", CACHE.replace("2 GB", "99 MB"), "ERR_STORE_SIZE"],
  ["a rate that starves readers", `${STORE}limits: { rate: 4 Mbit/s }\n`, "ERR_STORE_RATE"],
  ["a rate that is none", `${STORE}limits: { rate: fast }\n`, "ERR_STORE_RATE"],
  ["no readers", `${STORE}limits: { readers: 0 }\n`, "ERR_CONFIG_VALUE"],
])("%s is told", (_, text, code) => {
  expect(codesOf(text)).toEqual([code]);
});

test("sizes have units", () => {
  expect(["1 MB", "20GB", "3 TB", "0 GB", "1.5 GB", "1 KB", "9999999 TB"].map(parseSize)).toEqual([
    1e6,
    2e10,
    3e12,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("limits and the budget are taken while it runs, all else takes a restart", () => {
  const parse = (text: string): ReturnType<typeof parseStoreConfig> => parseStoreConfig(text, "/etc/x.yaml");
  const running = parse(CACHE);
  expect(isUnchanged(planChanges(running, parse(CACHE)))).toBe(true);
  const other = planChanges(running, parse(`${CACHE.replace("2 GB", "3 GB")}limits: { readers: 3 }\n`));
  expect(other.changes.map(({ name }) => name)).toEqual(["limits", "update-cache.budget"]);
  expect(other.restartKeys).toEqual([]);
  expect(planChanges(running, parse(CACHE.replace("state: s", "state: t"))).restartKeys).toEqual(["update-cache"]);
  expect(planChanges(running, parse(STORE)).restartKeys).toEqual(["update-store"]);
});
