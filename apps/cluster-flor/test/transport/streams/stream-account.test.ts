import { type EventFields, type Logger, createRateLimitedLog } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { StreamAccount } from "../../../src/transport/streams/stream-account.ts";

test("a peer that makes up reasons silences itself alone, and what was left out is told", () => {
  const lines: EventFields[] = [];
  const texts: string[] = [];
  const write = (event: EventFields, text: string): void => {
    lines.push(event);
    texts.push(text);
  };
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  let now = 0;
  const account = new StreamAccount(createRateLimitedLog(logger, { now: () => now }), { service: "web" }, "acceptor");
  for (let code = 0x1000; code < 0x2000; code++) account.handleRefused(code, "", "user/mallory");
  account.handleRefused(Code.notAllowed, "", "user/mallory");
  const told = [0, 1, 2, 3, 4].map((n) => `UNKNOWN_CODE ${0x1000 + n}`).concat("NOT_ALLOWED");
  expect(texts).toEqual(
    told.map((reason) => `a workload connection of user/mallory to service web was refused: ${reason}`),
  );
  expect(lines.map(({ reason }) => reason)).toEqual([...Array<string>(5).fill("UNKNOWN_CODE"), "NOT_ALLOWED"]);
  account.handleRefused(Code.targetDown, "nobody listens", "user/alice");
  expect(lines.at(-1)).toEqual({ code: "STREAM_REFUSED", reason: "TARGET_DOWN", service: "web" });
  now = 10_000;
  account.handleRefused(0x2000, "", "user/mallory");
  expect(lines.at(-1)).toMatchObject({ reason: "UNKNOWN_CODE", suppressed: 0x1000 - 5 });
  expect(account.counts.refused).toEqual({ UNKNOWN_CODE: 0x1001, NOT_ALLOWED: 1, TARGET_DOWN: 1 });
});

test.each([
  [
    "originator",
    "TARGET_DOWN",
    Code.targetDown,
    "info",
    /to service web was refused: nobody \(to be mended on the service's node\)$/,
  ],
  ["acceptor", "TARGET_DOWN", Code.targetDown, "warn", /to service web was refused: nobody$/],
  ["originator", "WRONG_KIND", Code.wrongKind, "warn", /to service web was refused: nobody$/],
  ["acceptor", "WRONG_KIND", Code.wrongKind, "info", /refused: nobody \(to be mended where it comes from\)$/],
  ["originator", "NO_ANSWER", Code.noAnswer, "warn", /refused: nobody$/],
] as const)("a refusal is a warning where it can be mended: %s, %s", (end, _, code, level, text) => {
  const lines: { readonly level: string; readonly text: string }[] = [];
  const at =
    (level: string) =>
    (_event: EventFields, text: string): void =>
      void lines.push({ level, text });
  const log = { info: at("info"), warn: at("warn"), error: at("error") };
  new StreamAccount(log, { service: "web" }, end).handleRefused(code, "nobody");
  expect(lines).toEqual([{ level, text: expect.stringMatching(text) as string }]);
});
