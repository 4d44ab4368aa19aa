import { expect, test } from "vitest";
import { nearMatch, suggest } from "../src/near-match.ts";

test.each([
  ["lable", ["role", "label"], "label"],
  ["Label", ["role", "label"], "label"],
  ["aceptor", ["originator", "acceptor"], "acceptor"],
  ["crossconnects", ["cross-connects", "lsp-ends"], "cross-connects"],
  ["lnk", ["link", "labels", "mtu"], "link"],
  ["elephant", ["role", "label"], undefined],
  ["x", ["a", "b"], undefined],
  ["to", ["of"], undefined],
  ["", ["a"], undefined],
  ["a", [], undefined],
  ["y".repeat(1_000_000), ["a"], undefined],
])("%.20s among %j is taken for %s", (word, candidates, expected) => {
  expect(nearMatch(word, candidates)).toBe(expected);
});

test("without a near match, what there is is listed, up to a bound", () => {
  expect(suggest("x", ["alpha", "beta"], "Nothing.")).toBe("Known here: alpha, beta.");
  expect(suggest("x", [], "Nothing.")).toBe("Nothing.");
  const many = Array.from({ length: 20 }, (_, at) => `name-${at}`);
  expect(suggest("x", many, "")).toMatch(/^Known here: name-0, .*name-11, \.\.\.\.$/);
});
