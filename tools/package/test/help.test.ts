import { describe, expect, test } from "vitest";
import { allCommands } from "../src/help/command.ts";
import { toy } from "./toy.ts";

describe("the help of a program", () => {
  test("has all commands below it, and the one that shows help", () => {
    expect(allCommands(toy()).map(({ path }) => path.join(" "))).toEqual([
      "toy",
      "toy run",
      "toy box",
      "toy box open",
      "toy help",
    ]);
  });

  test("is read without its line breaks, up to what follows the last section", () => {
    const { description, epilogue } = toy();
    expect(description).toBe(String.raw`Plays: it's a \small\ one, with a description that is broken`);
    expect(epilogue).toBe("Some lines:\n  $ toy run -c toy.yaml    'quoted'\n\n.TH is no request here");
  });

  test("says which values options and arguments take", () => {
    const [run, box] = toy().commands;
    const value = { name: "level", isOptional: false, isVariadic: false };
    expect(run?.options).toMatchObject([
      { flags: ["-c", "--config"], value: { name: "file", choices: undefined } },
      { flags: ["--out"], value: { name: "dir" } },
      { flags: ["--days"], value: { name: "n" } },
      { flags: ["--level"], value: { ...value, choices: ["low", "high"] } },
      { flags: ["--tag"], value: { name: "name", isVariadic: true } },
      { flags: ["-w", "--watch"], value: { name: "seconds", isOptional: true }, description: "again and again" },
      { flags: ["-h", "--help"], value: undefined },
    ]);
    expect(run?.arguments).toMatchObject([{ name: "socket", isOptional: true, isVariadic: true }]);
    expect(box?.commands[0]?.arguments).toMatchObject([{ name: "kind", choices: ["red", "green"] }, { name: "thing" }]);
  });

  test.each([
    ["another program's usage", "Usage: ball [options]\n\nOptions:\n  -h  help\n"],
    ["no options", "Usage: toy\n\nplays\n"],
    ["a line that belongs to nothing", "Usage: toy\n\nOptions:\n      again\n"],
    ["a value of another form", "Usage: toy [options] {file}\n\nOptions:\n  -h  help\n"],
    ["an option that is none", "Usage: toy\n\nOptions:\n  help  help\n"],
    ["nothing", ""],
  ])("is refused with %s", (_, text) => {
    expect(() => toy({ toy: text })).toThrow(/the help /);
  });
});
