import { readFileSync } from "node:fs";
import { isOperatorError, OperatorErrors } from "@florenetes/operator-text";
import { expect, test } from "vitest";
import { isUnchanged, planChanges } from "../../src/config/config-changes.ts";
import { parseStoreConfig } from "../../src/config/store-config-file.ts";

const COMMON = "cluster: demo\nnode: b\nadmin: /run/a/admin.sock\nlisten: /run/a/store.sock\n";
const STORE = `${COMMON}update-store: { folder: published }\n`;
const CACHE = `${COMMON}update-cache: { state: s, sessions: /run/a/m.sock, repository-root: r.json, budget: 2 GB }\n`;

const HOLDER = `${COMMON}storage: { state: s, tunnels: /run/a/t, agent: /run/a/f.sock, budget: 2 GB }\n`;
const KEEP = `cluster: demo
node: b
admin: /run/a/admin.sock
keep: { state: s, tunnels: t, agent: /run/a/f.sock, collection: cluster/fabric, what: [log, audit], control: /run/a/c.sock }
`;
const GATEWAY = `cluster: demo
node: b
admin: /run/a/admin.sock
storage-gateway: { bind: "127.0.0.1:8300", tunnels: /run/a/t, agent: /run/a/f.sock, collections: [org/acme/backups] }
`;

/** The section alone. */
const KEEPS = KEEP.slice(KEEP.indexOf("keep:"));

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

test("a gateway listens at loopback, and needs no socket for a cluster vertex", () => {
  expect(parseStoreConfig(GATEWAY, "/etc/x.yaml")).toMatchObject({
    listen: undefined,
    serves: {
      mode: "storage-gateway",
      bind: { host: "127.0.0.1", port: 8_300 },
      collections: [{ scope: "org/acme", name: "backups" }],
      passwordFile: undefined,
    },
  });
});

test.each([
  ["store", STORE, "update-store"],
  ["cache", CACHE, "update-cache"],
  ["holder", HOLDER, "storage"],
  ["gateway", GATEWAY, "storage-gateway"],
])("a %s may keep the log beside", (_, text, mode) => {
  const { serves, keep } = parseStoreConfig(text + KEEPS, "/etc/x.yaml");
  expect(serves?.mode).toBe(mode);
  expect(keep).toMatchObject({ state: "/etc/s", tunnels: "/etc/t", what: ["log", "audit"] });
});

test("a holder has its defaults", () => {
  expect(parseStoreConfig(HOLDER, "/etc/x.yaml").serves).toEqual({
    mode: "storage",
    state: "/etc/s",
    tunnels: "/run/a/t",
    agent: "/run/a/f.sock",
    budget: 2e9,
    goneAfter: 600_000,
    rate: undefined,
  });
});

test.each([
  ["store-flor.yaml", "update-store"],
  ["store-flor-cache.yaml", "update-cache"],
  ["store-flor-holder.yaml", "storage"],
  ["store-flor-gateway.yaml", "storage-gateway"],
  ["store-flor-keep.yaml", undefined],
])("the example %s is one of %s", (name, mode) => {
  const text = readFileSync(new URL(`../../systemd/${name}`, import.meta.url), "utf8");
  expect(parseStoreConfig(text, "/etc/florenetes/example/store-flor.yaml").serves?.mode).toBe(mode);
});

test.each([
  ["neither mode", COMMON, "ERR_STORE_MODE"],
  ["both modes", `${STORE}${CACHE.slice(COMMON.length)}`, "ERR_STORE_MODE"],
  ["a store without a socket", STORE.replace(/listen.*\n/, ""), "ERR_STORE_MODE"],
  ["a store that is a holder, too", `${STORE}${HOLDER.slice(COMMON.length)}`, "ERR_STORE_MODE"],
  ["a holder without a socket", HOLDER.replace("listen: /run/a/store.sock\n", ""), "ERR_STORE_MODE"],
  ["a holder without an agent", HOLDER.replace("agent: /run/a/f.sock, ", ""), "ERR_CONFIG_MISSING_KEY"],
  ["a holder's budget that is none", HOLDER.replace("2 GB", "much"), "ERR_STORE_SIZE"],
  ["a time within which nobody restarts", HOLDER.replace("budget", "gone-after: 5s, budget"), "ERR_STORE_TIME"],
  ["a holder's rate that is none", HOLDER.replace("budget", "rate: fast, budget"), "ERR_STORE_RATE"],
  ["a gateway that others reach", GATEWAY.replace("127.0.0.1", "0.0.0.0"), "ERR_STORE_BIND"],
  ["a gateway without a port", GATEWAY.replace(":8300", ""), "ERR_STORE_BIND"],
  ["a collection without a scope", GATEWAY.replace("org/acme/backups", "backups"), "ERR_STORE_COLLECTION"],
  ["a collection of a folder above", GATEWAY.replace("acme/backups", "../backups"), "ERR_STORE_COLLECTION"],
  ["a collection twice", GATEWAY.replace("[org", "[org/acme/backups, org"), "ERR_STORE_COLLECTION"],
  ["a gateway without collections", GATEWAY.replace("org/acme/backups", ""), "ERR_CONFIG_VALUE"],
  ["what keeps an audit of nobody", KEEP.replace(", control: /run/a/c.sock", ""), "ERR_STORE_KEEP"],
  ["an audit's program without the audit", KEEP.replace(", audit", ""), "ERR_STORE_KEEP"],
  ["a kind that is kept twice", KEEP.replace("[log", "[log, log"), "ERR_STORE_KEEP"],
  ["a kind that nobody knows", KEEP.replace("[log", "[secrets"), "ERR_CONFIG_VALUE"],
  ["nothing to keep", KEEP.replace("[log, audit]", "[]").replace(", control: /run/a/c.sock", ""), "ERR_CONFIG_VALUE"],
  ["a collection that is none", KEEP.replace("cluster/fabric", "fabric"), "ERR_STORE_COLLECTION"],
  ["a store that is a holder and keeps, too", STORE + HOLDER.slice(COMMON.length) + KEEPS, "ERR_STORE_MODE"],
  ["a holder without a socket that keeps, too", HOLDER.replace(/listen.*\n/, "") + KEEPS, "ERR_STORE_MODE"],
  ["a holder that keeps an audit of nobody", HOLDER + KEEPS.replace(", control: /run/a/c.sock", ""), "ERR_STORE_KEEP"],
  ["a budget without a unit", CACHE.replace("2 GB", "2000"), "ERR_STORE_SIZE"],
  ["a budget that holds no package", CACHE.replace("2 GB", "99 MB"), "ERR_STORE_SIZE"],
  ["a rate that starves readers", `${STORE}limits: { rate: 4 Mbit/s }\n`, "ERR_STORE_RATE"],
  ["a rate that is none", `${STORE}limits: { rate: fast }\n`, "ERR_STORE_RATE"],
  ["no readers", `${STORE}limits: { readers: 0 }\n`, "ERR_CONFIG_VALUE"],
])("%s is told", (_, text, code) => {
  expect(codesOf(text)).toEqual([code]);
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
  const faster = HOLDER.replace("budget: 2 GB", "budget: 3 GB, rate: 80 Mbit/s, gone-after: 1h");
  const holder = planChanges(parse(HOLDER), parse(faster));
  expect(holder.changes.map(({ name }) => name)).toEqual(["storage.budget", "storage.gone-after", "storage.rate"]);
  expect(holder.restartKeys).toEqual([]);
  expect(planChanges(parse(HOLDER), parse(HOLDER.replace("state: s", "state: t"))).restartKeys).toEqual(["storage"]);
  expect(planChanges(parse(KEEP), parse(KEEP.replace("[log, audit]", "[audit]"))).restartKeys).toEqual(["keep"]);
  expect(planChanges(parse(HOLDER), parse(HOLDER + KEEPS)).restartKeys).toEqual(["keep"]);
  expect(planChanges(parse(HOLDER + KEEPS), parse(KEEP)).restartKeys).toEqual(["listen", "storage"]);
  const beside = planChanges(parse(HOLDER + KEEPS), parse(faster + KEEPS));
  expect([beside.changes.length, beside.restartKeys]).toEqual([3, []]);
  const gateway = planChanges(parse(GATEWAY), parse(GATEWAY.replace("[org", "[cluster/b, org")));
  expect(gateway.changes.map(({ name }) => name)).toEqual(["storage-gateway.collections"]);
  expect(gateway.restartKeys).toEqual([]);
  expect(planChanges(parse(GATEWAY), parse(GATEWAY.replace("8300", "8301"))).restartKeys).toEqual(["storage-gateway"]);
});
