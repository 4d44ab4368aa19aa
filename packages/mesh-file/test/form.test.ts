import { OperatorErrors } from "@florenetes/operator-text";
import { describe, expect, test } from "vitest";
import { parseMesh } from "../src/index.ts";
import { LINE } from "./mesh-line.ts";

describe("the form of a mesh file", () => {
  const refused: readonly (readonly [
    what: string,
    from: string,
    to: string,
    code: string,
    line: number,
    advice: RegExp,
  ])[] = [
    [
      "a reserved word in a tunnel",
      "path: [a, b, c]",
      "path: [a, b, c], fallback: [a, c]",
      "ERR_CONFIG_RESERVED",
      12,
      /./,
    ],
    [
      "a reserved word in a path",
      "path: [a, b, c]",
      "path: { hops: [a, b, c], priority: 2 }",
      "ERR_CONFIG_RESERVED",
      12,
      /./,
    ],
    ["a misspelt key", "between: [b, c]", "betwen: [b, c]", "ERR_CONFIG_UNKNOWN_KEY", 8, /"between"/],
    ["a misspelt key of a path", "path: [a, b, c]", "path: { hop: [a, b, c] }", "ERR_CONFIG_MISSING_KEY", 12, /hops/],
    ["a tunnel without a path", ", path: [a, b, c]", "", "ERR_CONFIG_VALUE", 12, /nodes it goes over/],
    ["a link with three ends", "between: [b, c]", "between: [b, c, a]", "ERR_CONFIG_VALUE", 8, /\[a, b\]/],
    ["a target that is no address", "tcp://127.0.0.1:8080", "http://127.0.0.1", "ERR_CONFIG_ADDRESS", 10, /tcp:/],
    ["a listener that is a port alone", '"tcp://127.0.0.1:18080"', "18080", "ERR_CONFIG_ADDRESS", 12, /^As "tcp:/],
    ["a principal of no kind", "as: user/alice", "as: alice", "ERR_CONFIG_VALUE", 12, /user\/<name>/],
    ["a tag that is a number", "between: [b, c]", "between: [b, c], tag: 1", "ERR_CONFIG_TYPE", 8, /quotes/],
    ["a hop with two dots in a row", "path: [a, b, c]", "path: [a, b..b, c]", "ERR_CONFIG_VALUE", 12, /a static LSP/],
    ["a hop with two tags", "path: [a, b, c]", "path: [a, b/1/2, c]", "ERR_CONFIG_VALUE", 12, /a static LSP/],
    ["an LSP without a name", "path: [a, b, c]", 'path: [a, "lsp:", c]', "ERR_CONFIG_VALUE", 12, /a static LSP/],
    [
      "a principal with two dots in a row",
      "as: user/alice",
      "as: user/al..ice",
      "ERR_CONFIG_VALUE",
      12,
      /user\/<name>/,
    ],
    ["a path of the mesh that is a word", "tunnels:", "paths: { short: a }\ntunnels:", "ERR_CONFIG_VALUE", 11, /\[a\]/],
    ["a rate that is none", "[b, c] }", "[b, c], rate: fast }", "ERR_MESH_RATE", 8, /50 Mbit/],
    ["a name with a space", "web:", '"we b":', "ERR_CONFIG_VALUE", 10, /letter or digit/],
  ];
  test.each([
    ["upper case in a principal", "as: user/alice", "as: user/Alice", "not a principal, as it has upper case"],
    ["a port of a target", ":8080", ":80800", "80800 is no port: the largest is 65535"],
    ["a port of a listener", ":18080", ":180800", "180800 is no port: the largest is 65535"],
    ["a port of a node", "b: { ", "b: { port: 65536, ", "not a port: the largest is 65535"],
  ])("says what is wrong with %s", (_what, from, to, message) => {
    expect(() => parseMesh(LINE.replace(from, to), "mesh.yaml")).toThrow(message);
  });

  test.each(refused)("refuses %s", (_what, from, to, code, line, advice) => {
    expect(LINE).toContain(from);
    let problems: readonly { code: string; where?: object; advice: string }[] = [];
    try {
      parseMesh(LINE.replace(from, to), "/mesh.yaml");
    } catch (error) {
      if (!(error instanceof OperatorErrors)) throw error;
      problems = error.problems as typeof problems;
    }
    const problem = problems.find((problem) => problem.code === code);
    expect(problem, JSON.stringify(problems)).toBeDefined();
    expect(problem!.where).toMatchObject({ line });
    expect(problem!.advice).toMatch(advice);
  });
});
