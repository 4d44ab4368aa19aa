import { OperatorError, OperatorErrors } from "@florenetes/operator-errors";
import { nodeTime } from "@florenetes/timing";
import { expect, test } from "vitest";
import {
  type ConfigTaker,
  downPart,
  type Logger,
  refusalsOf,
  type ReloadOutcome,
  reloadOutcome,
  Reloads,
} from "../src/index.ts";

/** A taker whose transactions go on until they are told their outcome. */
class Taker {
  readonly calls: string[] = [];
  readonly open: ((outcome: ReloadOutcome) => void)[] = [];
  readonly reloads = reloadsOf({
    reload: (isDryRun) => this.#begin(isDryRun ? "plan" : "reload"),
    apply: (text, isDryRun) => this.#begin(`${isDryRun ? "plan" : "apply"} ${text}`),
  });

  #begin(call: string): Promise<ReloadOutcome> {
    this.calls.push(call);
    return new Promise((done) => this.open.push(done));
  }

  async until(calls: number): Promise<void> {
    await expect.poll(() => this.open.length).toBe(calls);
  }
}

const log: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };

function reloadsOf(taker: Pick<ConfigTaker, "reload" | "apply">): Reloads {
  return new Reloads({ taker: { source: "file", written: {}, ...taker }, time: nodeTime, log });
}

const refused = reloadOutcome({ refused: [{ file: "key.pem", code: "ERR_TEST", text: "it broke" }] });
const fine = reloadOutcome({});

test("who asks gets what was read since", async () => {
  const taker = new Taker();
  const first = taker.reloads.reload();
  await taker.until(1);
  taker.open[0]!(refused);
  expect(await first).toBe(refused);
  const second = taker.reloads.reload();
  await taker.until(2);
  taker.open[1]!(fine);
  expect(await second).toBe(fine);
});

test("a thousand who ask while all is being read get one more reading, together", async () => {
  const taker = new Taker();
  const first = taker.reloads.reload();
  await taker.until(1);
  const others = Array.from({ length: 1000 }, () => taker.reloads.reload());
  taker.open[0]!(refused);
  expect(await first).toBe(refused);
  await taker.until(2);
  const last = taker.reloads.reload();
  taker.open[1]!(fine);
  expect(new Set(await Promise.all(others))).toEqual(new Set([fine]));
  await taker.until(3);
  taker.open[2]!(refused);
  expect(await last).toBe(refused);
  expect(taker.calls).toEqual(["reload", "reload", "reload"]);
});

test("transactions are made one after the other, in the order in which they were asked for", async () => {
  const taker = new Taker();
  const { reloads } = taker;
  const asked = [reloads.apply("a"), reloads.reload(true), reloads.reload(), reloads.apply("b", { isDryRun: true })];
  for (let at = 0; at < asked.length; at++) {
    await taker.until(at + 1);
    expect(taker.calls).toHaveLength(at + 1);
    taker.open[at]!(fine);
    expect(await asked[at]).toBe(fine);
  }
  expect(taker.calls).toEqual(["apply a", "plan", "reload", "plan b"]);
});

test("when too many wait, more are refused, but a signal is not", async () => {
  const taker = new Taker();
  const asked = Array.from({ length: 40 }, (_, at) => taker.reloads.apply(String(at)));
  const outcomes = await Promise.all(asked.slice(32));
  expect(outcomes.map((outcome) => outcome.refused?.[0]?.code)).toEqual(Array(8).fill("ERR_RELOADS_MANY"));
  const reload = taker.reloads.reload();
  for (let at = 0; at < 33; at++) {
    await taker.until(at + 1);
    taker.open[at]!(fine);
  }
  expect(await reload).toBe(fine);
  expect(taker.calls.at(-1)).toBe("reload");
});

test("a transaction that fails is told to those who asked for it, and the next one is none the worse", async () => {
  let isLucky = false;
  const reloads = reloadsOf({
    reload: () => (isLucky ? Promise.resolve(fine) : Promise.reject(new Error("out of luck"))),
    apply: () => Promise.resolve(fine),
  });
  await expect(reloads.reload()).rejects.toThrow("out of luck");
  const second = reloads.reload();
  isLucky = true;
  expect(await second).toBe(fine);
});

test("an outcome is ok when nothing is refused and nothing is down", () => {
  const change = { kind: "link", name: "a", change: "added" } as const;
  expect(reloadOutcome({ changes: [change] })).toEqual({ ok: true, changes: [change], down: [] });
  const down = [{ what: "link a", code: "ERR_TEST", text: "no" }];
  expect(reloadOutcome({ down })).toEqual({ ok: false, changes: [], down });
  expect(refused).toMatchObject({ ok: false });
});

test("an operator's error is told with its place, and a mistake of the program is thrown", () => {
  const at = (line: number): OperatorError =>
    new OperatorError("ERR_TEST", "no", { advice: "Mend it.", where: { file: "a.yaml", line } });
  const refusals = [1, 2].map((line) => ({ file: "a.yaml", line, code: "ERR_TEST", text: "no" }));
  expect(refusalsOf(new OperatorErrors([at(1), at(2)]))).toEqual(refusals);
  const many = refusalsOf(new OperatorErrors(Array.from({ length: 1_000 }, (_, line) => at(line))));
  expect(many).toHaveLength(101);
  expect(many.at(-1)).toEqual({ code: "ERR_CONFIG_MORE", text: "900 more problems" });
  expect(downPart("link a", at(3))).toEqual({ what: "link a", code: "ERR_TEST", text: "a.yaml: no" });
  const mistake = new TypeError("mine");
  expect(() => refusalsOf(mistake)).toThrow(mistake);
  expect(() => downPart("link a", mistake)).toThrow(mistake);
});
