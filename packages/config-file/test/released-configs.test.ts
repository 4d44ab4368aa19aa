import { expect, test } from "vitest";
import { z } from "zod";
import { untriedKeys } from "../testing/released-configs.ts";

const etcd = z.strictObject({ etcd: z.array(z.string()), ca: z.string() });
const schema = z.strictObject({
  name: z.string(),
  level: z.enum(["info", "debug"]).default("info"),
  networks: z.array(z.string()).default([]),
  store: z.union([z.literal("sqlite"), etcd]).optional(),
  links: z.record(z.string(), z.strictObject({ peer: z.string(), tag: z.string().default("0") })).optional(),
  tunnels: z.array(z.strictObject({ listen: z.string(), priority: z.never().optional() })).default([]),
});
const ALL = {
  name: "a",
  level: "debug",
  networks: ["10.0.0.0/8"],
  store: { etcd: ["https://192.0.2.1:2379"], ca: "ca.pem" },
  links: { b: { peer: "b", tag: "1" } },
  tunnels: [{ listen: "tcp://127.0.0.1:8080" }],
};

test("configs that have every key leave none untried, in one file or in several", () => {
  expect(untriedKeys(schema, [ALL])).toEqual([]);
  const { store, links, ...others } = ALL;
  expect(
    untriedKeys(schema, [
      { ...others, store: "sqlite" },
      { store, links },
    ]),
  ).toEqual([]);
});

test.each([
  ["no file at all", undefined, ["name", "level", "networks", "store", "links", "tunnels"]],
  ["a key that no file has", { ...ALL, networks: undefined }, ["networks"]],
  ["a default", { ...ALL, level: "info" }, ["level"]],
  ["an empty list that is the default", { ...ALL, tunnels: [] }, ["tunnels"]],
  ["a default below a name", { ...ALL, links: { b: { peer: "b", tag: "0" } } }, ["links.*.tag"]],
  ["a key below a name that is missing", { ...ALL, links: { b: { tag: "1" } } }, ["links.*.peer"]],
  ["a key in a list that is missing", { ...ALL, tunnels: [{}] }, ["tunnels.*.listen"]],
  ["one of two forms", { ...ALL, store: "sqlite" }, ["store.etcd", "store.ca"]],
])("%s is found", (_, config, expected) => {
  const files = config === undefined ? [] : [JSON.parse(JSON.stringify(config)) as unknown];
  expect(untriedKeys(schema, files)).toEqual(expected);
});
