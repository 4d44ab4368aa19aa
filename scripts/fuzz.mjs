// Gives changed and made-up inputs to all that reads what others send: native/, the readers of certificates, data sessions, records, their logs and
// their feed.
// Each test goes on for so long, from a seed that is told; one that fails tells how to see it again.
//
//   node scripts/fuzz.mjs [--seconds 60] [--seed n]
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeQuinnProto } from "./changed-crate/make.mjs";
import { endAs, runInForeground } from "./foreground.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { seconds, seed } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
}).values;
const env = { ...process.env, FLORENETES_SOAK: seconds, FLORENETES_SEED: seed };
const tests = [
  ["packages/quic", ["vitest", "run", "test/native-mutations", "test/lane-mutations", "test/cluster-mutations"]],
  ["packages/identity", ["vitest", "run", "test/fuzz.test.ts"]],
  ["packages/data-session", ["vitest", "run", "test/fuzz.test.ts"]],
  ["packages/facts", ["vitest", "run", "fuzz.test.ts"]],
  ["packages/feed", ["vitest", "run", "test/fuzz.test.ts"]],
];
const fault = makeQuinnProto();
if (fault !== undefined) console.log(`left out: native/: ${fault}`);
else tests.unshift(["native", ["cargo", "test", "--release", "--locked", "--workspace", "--test", "mutations"]]);

console.log(`each test goes on for ${seconds} s, from seed ${seed}`);
for (const [folder, [command, ...args]] of tests) {
  const end = await runInForeground(command, args, { cwd: join(root, folder), env });
  if (end.wasSignalled) endAs(end);
  if (end.code !== 0) process.exitCode = 1;
}
