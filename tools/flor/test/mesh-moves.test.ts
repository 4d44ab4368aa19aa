import { isOperatorError } from "@florenetes/operator-text";
import { describe, expect, test } from "vitest";
import { type CommandEnd, makeMoves, type Move } from "../src/mesh-moves.ts";

const move = (node: string, over: Partial<Move> = {}): Move => ({
  node,
  program: "cluster-flor",
  cluster: "demo",
  action: "change",
  file: "cluster-flor.yaml",
  text: `config of ${node}`,
  linksAwaited: [],
  ...over,
});

/**
 * Makes moves on nodes. The commands of nodes end as `ends` says, by node and command; all others end well.
 *
 * @param patience How many looks at new nodes are waited for
 * @param ends The ends of a command, one after the other; the last one stays
 */
async function run(
  moves: readonly Move[],
  ends: Readonly<Record<string, CommandEnd | CommandEnd[]>> = {},
  patience = 0,
): Promise<{ asked: string[]; taken: string[]; told: string; failure: string | undefined }> {
  const asked: string[] = [];
  const taken: string[] = [];
  const told: string[] = [];
  const note = (text: string): void => void told.push(text);
  const failure = await makeMoves(moves, {
    run: (node, words, input) => {
      asked.push(`${node}: ${words.join(" ")} < ${input}`);
      const end = ends[`${node} ${words[1]}`] ?? { code: 0, said: "" };
      return Promise.resolve(Array.isArray(end) ? (end.length > 1 ? end.shift()! : end[0]!) : end);
    },
    configFileOf: ({ program }) => `/etc/${program}.yaml`,
    onTaken: ({ node, file }) => Promise.resolve(void taken.push(`${node}/${file}`)),
    confirmWithin: "2min",
    wholeWithin: "30s",
    waitForStart: (node) => Promise.resolve(void asked.push(`${node}: wait`)).then(() => patience-- > 0),
    output: { out: note, err: note },
  }).then(
    () => undefined,
    (error: unknown) => (isOperatorError(error) ? `${error.code}: ${error.message}` : String(error)),
  );
  return { asked, taken, told: told.join("\n"), failure };
}

describe("moves", () => {
  test("are made one after the other: a node confirms before the next one begins", async () => {
    const link = { program: "link-flor", file: "link-flor.yaml", linksAwaited: ["b/0", "c/1"] } as const;
    const { asked, taken, told, failure } = await run([move("a", link), move("b", { action: "widen" })]);
    const times = "--confirm-within 2min --whole-within 30s";
    expect(asked).toEqual([
      `a: link-flor apply --config /etc/link-flor.yaml ${times} --not-yet b/0 c/1 < config of a`,
      "a: link-flor confirm --config /etc/link-flor.yaml < config of a",
      `b: cluster-flor apply --config /etc/cluster-flor.yaml ${times} < config of b`,
      "b: cluster-flor confirm --config /etc/cluster-flor.yaml < config of b",
    ]);
    expect(taken).toEqual(["a/link-flor.yaml", "b/cluster-flor.yaml"]);
    expect(told).toBe(
      "    1. a  link-flor  change  taken, and confirmed\n    2. b  cluster-flor  widen  taken, and confirmed",
    );
    expect(failure).toBeUndefined();
  });

  test.each<[string, string, number | null, RegExp]>([
    ["is not whole", "b apply", 1, /b is not whole with its new config, and is back at the former one/],
    ["refuses it", "b apply", 2, /b refuses the config, and keeps the former one/],
    ["does not run", "b apply", 3, /b has no such process that answers/],
    ["has no such program", "b apply", 127, /b does not have that program/],
    ["cannot be reached", "b apply", 255, /b cannot be told to take it; if it has, it goes back by itself within 2min/],
    ["does not end", "b apply", null, /b cannot be told to take it/],
    ["is gone then", "b confirm", 255, /b is not confirmed, and goes back by itself within 2min/],
  ])("stop at a node that %s", async (_, command, code, message) => {
    const ends = { [command]: { code, said: "one\n\ntwo" } };
    const { asked, taken, told, failure } = await run([move("a"), move("b"), move("c")], ends);
    expect(taken).toEqual(["a/cluster-flor.yaml"]);
    expect(asked.filter((line) => line.startsWith("c"))).toEqual([]);
    expect(failure).toMatch(/^ERR_FLOR_APPLY_STOPPED: 1 of 3 steps are made: /);
    expect(failure).toMatch(message);
    expect(told).toMatch(/^ +1\. a .* confirmed\n +2\. b .*\n {7}one\n {7}two\n +3\. c .* not begun$/);
  });

  test("wait for a new node until it is there and whole", async () => {
    const moves = [move("e", { action: "start" }), move("a")];
    const ends = [3, 1, 0].map((code) => ({ code, said: "why" }));
    const { asked, told, failure } = await run(moves, { "e apply": ends }, 9);
    expect(failure).toBeUndefined();
    const [apply, confirm] = ["cluster-flor apply", "cluster-flor confirm"];
    expect(asked.map((line) => line.replace(/ --.*/, ""))).toEqual([
      `e: ${apply}`,
      "e: wait",
      `e: ${apply}`,
      "e: wait",
      `e: ${apply}`,
      `e: ${confirm}`,
      `a: ${apply}`,
      `a: ${confirm}`,
    ]);
    expect(told).toMatch(
      /e .* is waited for: it has no such process that answers yet\n {7}why\n.*it runs, and is not whole yet\n {7}why\n +1\. e .* confirmed/,
    );
  });

  test("tell each thing that a new node still lacks once, and with true words", async () => {
    const noConfig = { code: 2, said: "/etc/cluster-flor.yaml: no such file [ERR_CONFIG_FILE_MISSING]" };
    const lost = { code: 255, said: "" };
    const ends = [lost, { code: 127, said: "" }, noConfig, noConfig, { code: 3, said: "" }, { code: 0, said: "" }];
    const { told, failure } = await run([move("e", { action: "start" })], { "e apply": ends }, 9);
    expect(failure).toBeUndefined();
    expect(told.match(/it .*/g)).toEqual([
      "it cannot be asked yet",
      "it does not have the program yet",
      "it has no config file yet",
      "it has no such process that answers yet",
    ]);
    const running = await run([move("e")], { "e apply": noConfig }, 9);
    expect(running.asked).not.toContain("e: wait");
    expect(running.failure).toMatch(/e has no config file in that place/);
  });

  test("wait for a new node no longer than they may, and not for one that refuses its config", async () => {
    const start = [move("e", { action: "start" }), move("a")];
    const late = await run(start, { "e apply": { code: 3, said: "" } }, 2);
    expect(late.asked.filter((line) => line === "e: wait")).toHaveLength(3);
    expect(late.failure).toMatch(/^ERR_FLOR_APPLY_STOPPED: 0 of 2 steps are made: e has no such process/);
    const wrong = await run(start, { "e apply": { code: 2, said: "" } }, 2);
    expect(wrong.asked).toHaveLength(1);
    expect(wrong.failure).toMatch(/e refuses the config/);
  });
});
