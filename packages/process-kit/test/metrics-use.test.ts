import type { MetricsListen } from "@florenetes/config-file";
import { expect, test } from "vitest";
import type { ConfigPlan, ConfigUse, DownPart, ReloadRefusal } from "../src/index.ts";
import { withMetrics } from "../src/metrics/metrics-use.ts";

interface Config {
  readonly written: unknown;
  readonly word: string;
  readonly metrics?: MetricsListen | undefined;
}

const at = (port: number): MetricsListen => ({ host: "127.0.0.1", port, tls: undefined });
const configOf = (word: string, metrics?: MetricsListen): Config => ({ written: {}, word, metrics });
const down = (what: string): DownPart => ({ what, code: "ERR_TEST", text: "it broke" });
const refusal: ReloadRefusal = { code: "ERR_METRICS_TLS", text: "it broke" };

interface WordPlan extends ConfigPlan {
  readonly next: string;
}

/** A program whose config is a word, with an endpoint, and all that was done with both. */
function joined(fault?: Error): { readonly use: ConfigUse<Config, ConfigPlan>; readonly done: unknown[] } {
  const done: unknown[] = [];
  const program: ConfigUse<Config, WordPlan> = {
    down: [down("program")],
    isSame: (a, b) => a.word === b.word,
    plan: (_, next) => ({ restartKeys: [], changes: [], next: next.word }),
    take: ({ next }) => {
      done.push(next);
      return fault === undefined ? Promise.resolve([]) : Promise.reject(fault);
    },
  };
  const endpoint = {
    down: [down("metrics")],
    take: (metrics: MetricsListen | undefined) => {
      done.push(metrics);
      return Promise.resolve([refusal]);
    },
    reread: () => Promise.resolve([refusal]),
  };
  return { use: withMetrics(program, endpoint) as ConfigUse<Config, ConfigPlan>, done };
}

test("a change of the address alone is a change of the config, which says what becomes of the rest", () => {
  const { use } = joined();
  const changes = (before: Config, after: Config): readonly unknown[] => use.plan(before, after).changes;
  expect(use.isSame(configOf("a", at(1)), configOf("a", at(1)))).toBe(true);
  expect(use.isSame(configOf("a", at(1)), configOf("a", at(2)))).toBe(false);
  expect(use.isSame(configOf("a", at(1)), configOf("b", at(1)))).toBe(false);
  const changed = (change: string) => [{ kind: "setting", name: "metrics", change, effect: "links and streams stay" }];
  expect(changes(configOf("a"), configOf("a", at(1)))).toEqual(changed("added"));
  expect(changes(configOf("a", at(1)), configOf("a", at(2)))).toEqual(changed("changed"));
  expect(changes(configOf("a", at(1)), configOf("a"))).toEqual(changed("removed"));
  expect(changes(configOf("a", at(1)), configOf("b", at(1)))).toEqual([]);
});

test("the address follows a config that the program has taken, and tells its own faults", async () => {
  const { use, done } = joined();
  expect(await use.take(use.plan(configOf("a"), configOf("b", at(1))), true)).toEqual([refusal]);
  expect(done).toEqual(["b", at(1)]);
  expect(use.down.map(({ what }) => what)).toEqual(["program", "metrics"]);
  expect(await use.readIdentities?.()).toEqual([refusal]);
});

test("the address stays where the program refuses a config", async () => {
  const { use, done } = joined(new Error("refused"));
  await expect(use.take(use.plan(configOf("a"), configOf("b", at(1))), true)).rejects.toThrow("refused");
  expect(done).toEqual(["b"]);
});
