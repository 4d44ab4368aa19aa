import { OperatorError, OperatorErrors } from "@florenetes/operator-text";
import { expect, test } from "vitest";
import { downPart, refusalsOf, reloadOutcome } from "../src/index.ts";

test("an outcome is ok when nothing is refused and nothing is down", () => {
  const change = { kind: "link", name: "a", change: "added" } as const;
  expect(reloadOutcome({ changes: [change] })).toEqual({ ok: true, changes: [change], down: [] });
  const down = [{ what: "link a", code: "ERR_TEST", text: "no" }];
  expect(reloadOutcome({ down })).toEqual({ ok: false, changes: [], down });
  const refused = [{ file: "key.pem", code: "ERR_TEST", text: "it broke" }];
  expect(reloadOutcome({ refused })).toEqual({ ok: false, changes: [], refused, down: [] });
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
