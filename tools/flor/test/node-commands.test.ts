import { expect, test } from "vitest";
import { forNodes, nodeCommand, runNodeCommand } from "../src/node-commands.ts";

const OPTIONS = { input: "", timeoutMs: 60_000, outputMax: 1_000 };

test("the words of a command name the node, and no shell reads them", () => {
  const node = { name: "a", host: "a.example.net" };
  expect(nodeCommand("  ssh  -l {node} -- {host} ", node, ["sh"])).toEqual([
    "ssh",
    "-l",
    "a",
    "--",
    "a.example.net",
    "sh",
  ]);
  expect(nodeCommand("x;y $HOME", node, [])).toEqual(["x;y", "$HOME"]);
});

test("a command gets its input, and gives its output", async () => {
  expect(await runNodeCommand(["sh"], { ...OPTIONS, input: "echo one; echo two >&2" })).toEqual({ stdout: "one\n" });
});

test.each<[string, readonly string[], Partial<typeof OPTIONS>, RegExp]>([
  ["is not there", ["/no/such/program"], {}, /^cannot be started: .*ENOENT/],
  [
    "fails",
    ["sh", "-c", "echo first >&2; printf 'the \\033[31mreason\\n' >&2; exit 7"],
    {},
    /ended with 7: the \\u\{1b\}\[31mreason$/,
  ],
  ["fails without a word", ["false"], {}, /^the command ended with 1$/],
  ["is killed", ["sh", "-c", "kill -9 $$"], {}, /ended with SIGKILL$/],
  ["prints without end", ["sh", "-c", "while echo line; do :; done"], {}, /printed more than 1000 bytes$/],
  [
    "complains without end",
    ["sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1"],
    {},
    /ended with 1: x+…$/,
  ],
  ["says nothing", ["sleep", "3600"], { timeoutMs: 50 }, /^no answer within 0.05 s$/],
  ["reads nothing", ["sh", "-c", "exec <&-; exit 3"], { input: "x".repeat(1_000_000) }, /ended with 3$/],
])("a command that %s has no result, but a reason", async (_, argv, options, reason) => {
  const result = await runNodeCommand(argv, { ...OPTIONS, ...options });
  expect(result).toEqual({ problem: expect.stringMatching(reason) as string });
});

test("a bounded number of nodes is asked at a time, and the answers keep their order", async () => {
  let open = 0;
  let most = 0;
  const answers = await forNodes(
    Array.from({ length: 100 }, (_, at) => at),
    async (node) => {
      most = Math.max(most, ++open);
      await new Promise((done) => setImmediate(done));
      open--;
      return node * 2;
    },
  );
  expect(answers).toEqual(Array.from({ length: 100 }, (_, at) => at * 2));
  expect(most).toBe(8);
});
