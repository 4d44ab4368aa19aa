import { expect, test } from "vitest";
import { ANSWERS_UNREAD_MAX } from "../../src/api/limits.ts";
import { UnreadAnswers } from "../../src/api/unread-answers.ts";

test("a principal gets answers as long as it reads them, whatever others do", () => {
  const unread = new UnreadAnswers();
  const read = [unread.add("user/alice", ANSWERS_UNREAD_MAX - 1), unread.add("user/alice", 1)];
  expect(() => unread.admit("user/alice")).toThrow(expect.objectContaining({ code: "ERR_CONTROL_BUSY" }));
  unread.admit("user/bob");
  read[1]!();
  unread.admit("user/alice");
  read[0]!();
  unread.add("user/alice", ANSWERS_UNREAD_MAX - 1);
  unread.admit("user/alice");
});
