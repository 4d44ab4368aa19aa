import { Outcome } from "@florenetes/feed";
import { expect, test } from "vitest";
import { POST_AGAIN_MS, POST_UNKNOWN_MS } from "../../../src/agent/mail/limits.ts";
import { RecordPost } from "../../../src/agent/mail/record-post.ts";

const NO_BODY = new Uint8Array(0);
const at = (now: number) => ({ now, wall: now });

test.each<readonly [what: string, outcome: Outcome, unknownMs: number | undefined, after: number]>([
  ["that is busy", Outcome.busy, undefined, POST_AGAIN_MS],
  ["that knows no such letters", Outcome.unknownKind, undefined, POST_UNKNOWN_MS],
  ["that may soon know such letters", Outcome.unknownKind, 20_000, 20_000],
])("a reader %s is written to again after its time, and not before", (_, outcome, unknownMs, after) => {
  const sent: number[] = [];
  const send = (): number => sent.push(sent.length);
  const post = new RecordPost({
    mail: { send, hasWay: () => true },
    kind: "k",
    readers: () => ["r"],
    papers: () => [],
    ...(unknownMs !== undefined && { unknownMs }),
  });
  post.add("one", new Uint8Array(10), 0, 10 * POST_UNKNOWN_MS);
  post.advance(at(0));
  expect(sent).toHaveLength(1);
  post.handleDone(
    { number: 1, answer: { outcome, body: NO_BODY } } as Parameters<typeof post.handleDone>[0],
    at(1_000),
  );
  for (const now of [1_000, 1_000 + after - 1]) post.advance(at(now));
  expect(sent).toHaveLength(1);
  post.advance(at(1_000 + after));
  expect(sent).toHaveLength(2);
});
