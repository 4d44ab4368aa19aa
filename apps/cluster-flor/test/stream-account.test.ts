import { type EventFields, type Logger, createRateLimitedLog } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { Code } from "../src/transport/codes.ts";
import { StreamAccount } from "../src/transport/streams/stream-account.ts";

test("a peer that makes up reasons silences itself alone, and what was left out is told", () => {
  const lines: EventFields[] = [];
  const write = (event: EventFields): number => lines.push(event);
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  let now = 0;
  const account = new StreamAccount(createRateLimitedLog(logger, { now: () => now }), { service: "web" });
  for (let code = 0x1000; code < 0x2000; code++) account.handleRefused(code, "", "user/mallory");
  account.handleRefused(Code.notAllowed, "", "user/mallory");
  expect(lines.map(({ reason }) => reason)).toEqual(
    [0, 1, 2, 3, 4].map((n) => `code-${0x1000 + n}`).concat("not-allowed"),
  );
  account.handleRefused(Code.targetDown, "nobody listens", "user/alice");
  expect(lines.at(-1)).toEqual({ code: "STREAM_REFUSED", reason: "target-down", service: "web" });
  now = 10_000;
  account.handleRefused(0x2000, "", "user/mallory");
  expect(lines.at(-1)).toMatchObject({ reason: "code-8192", suppressed: 0x1000 - 5 });
  expect(account.counts.refused).toEqual({ "unknown-code": 0x1001, "not-allowed": 1, "target-down": 1 });
});
