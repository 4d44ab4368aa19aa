import { describe, expect, test } from "vitest";
import { find } from "./repository.ts";

describe("a comment", () => {
  const path = "packages/wire-values/src/a.ts";

  test.each([
    ["/** Of each link. */", ["1"]],
    ["/** The same for a link. */", ["1"]],
    ["/** What it knows. */", ["1"]],
    ["/**\n * Who is there.\n */", ["1"]],
    ["// As said above.", ["1"]],
    ["f(); // That of the peer.", ["1"]],
    ["/** It may be gone. */", ["1"]],
    ["/** Nobody confirms it. */", ["1"]],
    ["/** One of each kind. */", ["1"]],
    ["// There and back.", ["1"]],
    ["// They are told.", ["1"]],
    ["/**\n * Those\n * of the peer.\n */", ["1"]],
    ["/** Where it is found. */", ["1"]],
    ["/** Items are in order. */", []],
    ["/** One-way links have no answer. */", []],
    ["/** Its peers know it. */", []],
    ["/** Thereafter the list is closed. */", []],
    ["/** Nothing waits where no rate is set. */", []],
    ["/** The label of each link. */", []],
    ['const text = "// Of each link.";', []],
    ["/** As long as it waits, nothing is sent. */", []],
    ["/**\n * Reads a list.\n * What it refuses is told.\n */", []],
    ["// The list is read whole.\n// What it refuses is told.", []],
  ])("%s", (comment, lines) => {
    expect(find({ [path]: `${comment}\nexport const y = z;\n` })).toEqual(
      lines.map((line) => `${path}:${line}: riddle`),
    );
  });
});
