import { describe, expect, test } from "vitest";
import { findAll } from "../src/tidy.ts";
import type { Finding } from "../src/tree.ts";

type Files = Readonly<Record<string, string>>;

const SRC = "native/wire/src";
const STRUCT = (name: string): string => `pub(crate) struct ${name};\n`;

function findings(files: Files): Finding[] {
  const paths = Object.entries({ "lib.rs": "", ...files }).map(([path, text]) => [`${SRC}/${path}`, text] as const);
  return findAll(new Map(paths));
}

/** Findings as `file:line: rule`, without the folder that all files are in. */
function find(files: Files): string[] {
  return findings(files).map(({ file, line, rule }) => `${file.slice(SRC.length + 1)}:${line}: ${rule}`);
}

describe("arrows in a circle", () => {
  test.each<{ name: string; files: Files; found: string[] }>([
    {
      name: "two files",
      files: { "a.rs": "use crate::b::B;\n", "b.rs": "\nuse crate::a::A;\n" },
      found: ["a.rs:1: circle"],
    },
    {
      name: "three, one of them by a path in the code",
      files: {
        "a.rs": "use crate::b;\n",
        "b.rs": "fn f() {\n    crate::c::g();\n}\n",
        "c.rs": "use crate::{x, a::{self as first, A}};\n",
      },
      found: ["a.rs:1: circle"],
    },
    {
      name: "a room's mod.rs and a file of it",
      files: { "a/mod.rs": "mod b;\nuse self::b::B;\npub(crate) struct A;\n", "a/b.rs": "use super::A;\n" },
      found: ["a/b.rs:1: circle"],
    },
    {
      name: "a child by its name alone, and what its parent has without naming it",
      files: { "a.rs": "mod b;\nuse b::B;\n", "a/b.rs": "use super::*;\n" },
      found: ["a.rs:2: circle"],
    },
    {
      name: "two knots",
      files: {
        "a.rs": "use crate::b::B;\n",
        "b.rs": "use crate::{a::A, c::C};\n",
        "c.rs": "use crate::d::D;\n",
        "d.rs": "use crate::c::C;\n",
      },
      found: ["a.rs:1: circle", "c.rs:1: circle"],
    },
    { name: "none: down alone", files: { "a.rs": "use crate::b::B;\n", "b.rs": "use std::io;\n" }, found: [] },
    {
      name: "none: lib.rs has its files, and leads those that ask it to the one that has it",
      files: { "lib.rs": "mod a;\nmod b;\npub use b::B;\n", "a.rs": "use crate::B;\n", "b.rs": STRUCT("B") },
      found: [],
    },
    {
      name: "none: a room's mod.rs hands on, under another name, too",
      files: {
        "a/mod.rs": "mod b;\nmod c;\npub(crate) use self::b::B as Other;\npub(crate) use c::C;\n",
        "a/b.rs": STRUCT("B"),
        "a/c.rs": "use super::Other;\n",
      },
      found: [],
    },
    {
      name: "none: tests, comments and texts know what they like",
      files: {
        "a.rs": "use crate::b::B;\n",
        "b.rs": [
          '// crate::a::A\n/* use crate::a::A; */\nconst X: &str = "use crate::a::A;";\n',
          "fn f<'a>(x: &'a str) -> char {\n    '\"'\n}\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n",
        ].join(""),
      },
      found: [],
    },
    {
      name: "none: names that are another crate's",
      files: {
        "a.rs": "use florenetes_io::b::B;\nuse crate::b;\n",
        "b.rs": "use other::a::A;\nfn f() {\n    x::a();\n}\n",
      },
      found: [],
    },
  ])("$name", ({ files, found }) => {
    expect(find(files)).toEqual(found);
  });

  test("what stands behind tests is looked at", () => {
    const b = "#[cfg(test)]\nmod tests {\n    fn f() {}\n}\nuse crate::a::A;\n";
    expect(find({ "a.rs": "use crate::b::B;\n", "b.rs": b })).toEqual(["a.rs:1: circle"]);
  });

  test("a circle is told file by file", () => {
    const circle = { "a.rs": "use crate::b;\n", "b.rs": "use crate::c;\n", "c.rs": "use crate::a;\n" };
    expect(findings(circle).map(({ advice }) => advice)).toEqual([
      expect.stringMatching(/^a\.rs → b\.rs → c\.rs → a\.rs: /),
    ]);
  });

  test("a folder without lib.rs is no crate of ours", () => {
    const files = { "native/made/src/a.rs": "use crate::b;\n", "native/made/src/b.rs": "use crate::a;\n" };
    expect(findAll(new Map(Object.entries(files)))).toEqual([]);
  });
});

test("rooms of native/cluster stand in an order", () => {
  const room = "native/cluster/src";
  const files = {
    [`${room}/lib.rs`]: "mod links;\nmod vertex;\nmod limits;\n",
    [`${room}/limits.rs`]: "",
    [`${room}/links/mod.rs`]: "use crate::limits::X;\nuse crate::vertex::Vertex;\n",
    [`${room}/vertex/mod.rs`]: "use crate::site::Site;\nstruct Vertex;\n",
    [`${room}/site/mod.rs`]: "struct Site;\n",
  };
  const found = findAll(new Map(Object.entries(files)));
  expect(found.map(({ file, line, rule }) => `${file}:${line}: ${rule}`)).toEqual([`${room}/links/mod.rs:2: room`]);
});

describe("an impl outside the room of its type", () => {
  const type = STRUCT("A");
  test.each<{ name: string; files: Files; found: string[] }>([
    {
      name: "above",
      files: { "a/mod.rs": "mod a;\n", "a/a.rs": type, "b.rs": "use crate::a::a::A;\n\nimpl A {\n}\n" },
      found: ["b.rs:3: impl-room"],
    },
    {
      name: "in another room",
      files: { "a/mod.rs": "mod a;\n", "a/a.rs": type, "b/mod.rs": "mod b;\n", "b/b.rs": "impl crate::a::a::A {\n}\n" },
      found: ["b/b.rs:1: impl-room"],
    },
    {
      name: "of a trait",
      files: {
        "a/mod.rs": "mod a;\n",
        "a/a.rs": type,
        "b.rs": "use crate::a::a::A;\nimpl<T: Into<Vec<u8>>> Sink<T> for A {\n}\n",
      },
      found: ["b.rs:2: impl-room"],
    },
    {
      name: "in its room",
      files: { "a/mod.rs": "mod a;\n", "a/a.rs": type, "a/b.rs": "use super::a::A;\nimpl A {\n}\n" },
      found: [],
    },
    { name: "in the folder of its file", files: { "a.rs": type, "a/b.rs": "use super::A;\nimpl A {\n}\n" }, found: [] },
    { name: "of a foreign type", files: { "a.rs": "use std::fmt;\nimpl fmt::Display for Vec<u8> {\n}\n" }, found: [] },
    {
      name: "of a type of its own, for a trait of another room",
      files: { "a/mod.rs": "mod a;\n", "a/a.rs": type, "b.rs": "use crate::a::a::A;\nstruct B;\nimpl A for B {\n}\n" },
      found: [],
    },
  ])("$name", ({ files, found }) => {
    expect(find(files)).toEqual(found);
  });
});
