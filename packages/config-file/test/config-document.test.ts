import { mkdtempSync, mkdirSync, writeFileSync, chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ConfigDocument, parseConfig } from "../src/config-document.ts";
import { loadConfig } from "../src/drivers/load-config.ts";
import { formatOperatorError, OperatorError, OperatorErrors } from "@florenetes/operator-text";

const folder = mkdtempSync(join(tmpdir(), "florenetes-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const name = z.string().refine((value) => /^[a-z]+$/.test(value), {
  error: "not a name",
  params: { code: "ERR_TEST_NAME", advice: "Use small letters." },
});
const schema = z.strictObject({
  cluster: z.string(),
  links: z.record(name, z.strictObject({ role: z.enum(["originator", "acceptor"]), label: z.int() })).default({}),
  later: z.never().optional(),
  pairs: z.array(z.strictObject({ listen: z.string(), path: z.string().optional() })).optional(),
});

/** `line:column key CODE message / advice` of every problem. */
function problemsOf(text: string): string[] {
  try {
    parseConfig(text, "/etc/x.yaml", schema);
    return [];
  } catch (error) {
    return describeAll(error);
  }
}

function describeAll(error: unknown): string[] {
  if (!(error instanceof OperatorError)) throw error;
  const all = error instanceof OperatorErrors ? error.problems : [error];
  return all.map(
    ({ where, code, message, advice }) =>
      `${where?.line}:${where?.column} ${where?.key ?? "-"} ${code} ${message} / ${advice}`,
  );
}

const badTexts: readonly { what: string; text: string; expected: (string | RegExp)[] }[] = [
  { what: "an empty file", text: "", expected: [/^1:1 - ERR_CONFIG_EMPTY/] },
  { what: "only a comment", text: "# nothing\n", expected: [/ERR_CONFIG_EMPTY/] },
  { what: "a lone word", text: "hello", expected: [/^1:1 - ERR_CONFIG_TYPE expected a section of keys, not "hello"/] },
  { what: "a list", text: "- a\n- b\n", expected: [/ERR_CONFIG_TYPE expected a section of keys, not a list/] },
  { what: "broken YAML", text: "cluster: demo\nlinks: { a: [ }\n", expected: [/^2:\d+ - ERR_CONFIG_YAML/] },
  { what: "two documents", text: "cluster: a\n---\ncluster: b\n", expected: [/^2:1 - ERR_CONFIG_YAML/] },
  { what: "an unknown tag", text: "cluster: !foo a\n", expected: [/^1:10 - ERR_CONFIG_YAML/] },
  { what: "a map as a key", text: "cluster: a\n? { b: 1 }\n: 2\n", expected: [/^2:3 - ERR_CONFIG_YAML a key must/] },
  {
    what: "a key written twice",
    text: "cluster: a\nlinks:\n  a: { role: acceptor, label: 1 }\n  a: { role: acceptor, label: 2 }\n",
    expected: ['4:3 a ERR_CONFIG_DUPLICATE_KEY "a" is written twice; first on line 3 / Remove or rename one of them.'],
  },
  {
    what: "a misspelt key",
    text: "cluster: a\nlinks:\n  a:\n    role: acceptor\n    lable: 101\n    label: 101\n",
    expected: ['5:5 links.a.lable ERR_CONFIG_UNKNOWN_KEY unknown key "lable" / Did you mean "label"?'],
  },
  {
    what: "a misspelt key in a list",
    text: "cluster: a\npairs:\n  - listen: x\n    pth: y\n",
    expected: ['4:5 pairs[0].pth ERR_CONFIG_UNKNOWN_KEY unknown key "pth" / Did you mean "path"?'],
  },
  {
    what: "a key that is like no other",
    text: "cluster: a\nelephant: 1\n",
    expected: ['2:1 elephant ERR_CONFIG_UNKNOWN_KEY unknown key "elephant" / Known here: cluster, links, pairs.'],
  },
  {
    what: "a reserved word",
    text: "cluster: a\nlater:\n",
    expected: [
      '2:1 later ERR_CONFIG_RESERVED "later" is reserved, not implemented / Remove it: a later version will give it its meaning.',
    ],
  },
  {
    what: "a misspelt value",
    text: "cluster: a\nlinks:\n  a: { role: aceptor, label: 1 }\n",
    expected: [
      '3:14 links.a.role ERR_CONFIG_VALUE expected one of originator, acceptor, not "aceptor" / Did you mean "acceptor"?',
    ],
  },
  {
    what: "missing keys, at the section that lacks them",
    text: "links:\n  b: { role: acceptor }\n",
    expected: [
      /^1:1 cluster ERR_CONFIG_MISSING_KEY missing: expected a text/,
      /^2:3 links.b.label ERR_CONFIG_MISSING_KEY/,
    ],
  },
  {
    what: "a bare number where a text belongs",
    text: "cluster: 12\n",
    expected: ['1:10 cluster ERR_CONFIG_TYPE expected a text, not 12 / Put it in quotes: "12".'],
  },
  {
    what: "an empty value",
    text: "cluster:\n",
    expected: [/^1:9 cluster ERR_CONFIG_TYPE expected a text, not nothing/],
  },
  {
    what: "a bad name as a key, with a code of the schema's own",
    text: "cluster: a\nlinks:\n  A1: { role: acceptor, label: 1 }\n",
    expected: ["3:3 links.A1 ERR_TEST_NAME not a name / Use small letters."],
  },
  {
    what: "several mistakes, in the order of their lines",
    text: "pairs: 3\nlinks:\n  b: { role: x, label: 1.5 }\ncluster: a\nnope: 1\n",
    expected: [
      /^1:8 pairs /,
      /^3:14 links.b.role /,
      /^3:24 links.b.label ERR_CONFIG_TYPE expected a whole number/,
      /^5:1 nope /,
    ],
  },
  {
    what: "aliases that stand for gigabytes",
    text: `a: &x0 [x, x]\n${Array.from({ length: 24 }, (_, at) => `k${at}: &x${at + 1} [*x${at}, *x${at}]`).join("\n")}\n`,
    expected: [/aliases stand for more than 600000 values/],
  },
  { what: "an alias of itself", text: "a: &a [*a]\n", expected: [/aliases stand for more than 600000 values/] },
  {
    what: "an alias of nothing",
    text: "cluster: *a\n",
    expected: [/^1:10 - ERR_CONFIG_YAML no anchor "a" stands before/],
  },
  {
    what: "more anchors than it takes",
    text: Array.from({ length: 1_001 }, (_, at) => `k${at}: &x${at} 1\n`).join(""),
    expected: [/more than 1000 anchors and aliases/],
  },
  {
    what: "brackets without end",
    text: "[".repeat(100_000),
    expected: [/ERR_CONFIG_YAML nested deeper than 64 levels/],
  },
  {
    what: "dashes without end",
    text: "- ".repeat(100_000),
    expected: [/ERR_CONFIG_YAML nested deeper than 64 levels/],
  },
];

describe("a config that cannot be used", () => {
  test.each(badTexts)("$what", ({ text, expected }) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(expected.length);
    for (const [at, each] of expected.entries()) {
      if (typeof each === "string") expect(problems[at]).toBe(each);
      else expect(problems[at]).toMatch(each);
    }
  });

  test("is shown with file, line, column, key, code and advice", () => {
    const text = "cluster: a\nlinks:\n  a: { role: aceptor, label: 1 }\n";
    const error = catchError(() => parseConfig(text, "/etc/x.yaml", schema));
    expect(formatOperatorError(error)).toBe(
      '/etc/x.yaml:3:14: links.a.role: expected one of originator, acceptor, not "aceptor" [ERR_CONFIG_VALUE]\n' +
        '    Did you mean "acceptor"?',
    );
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("a config file", () => {
  const files: readonly { what: string; make: (path: string) => void; code: string }[] = [
    { what: "that is not there", make: () => {}, code: "ERR_CONFIG_FILE_MISSING" },
    { what: "that is a directory", make: (path) => mkdirSync(path), code: "ERR_CONFIG_FILE_DIRECTORY" },
    {
      what: "that is no text",
      make: (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0])),
      code: "ERR_CONFIG_FILE_ENCODING",
    },
    {
      what: "that is huge",
      make: (path) => writeFileSync(path, Buffer.alloc(2_000_000, "#")),
      code: "ERR_CONFIG_FILE_TOO_LARGE",
    },
  ];
  test.each(files)("$what", async ({ what, make, code }) => {
    const path = join(folder, what.replaceAll(" ", "-"));
    make(path);
    await expect(loadConfig(path, schema)).rejects.toMatchObject({ code, where: { file: path } });
  });

  test("that may not be read", async () => {
    const path = join(folder, "secret");
    writeFileSync(path, "cluster: a\n");
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    // Root may read everything.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      await expect(loadConfig(path, schema)).rejects.toMatchObject({ code: "ERR_CONFIG_FILE_UNREADABLE" });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test("below a file is missing, and an endless one is too large", async () => {
    const path = join(folder, "plain");
    writeFileSync(path, "cluster: a\n");
    await expect(loadConfig(join(path, "x"), schema)).rejects.toMatchObject({ code: "ERR_CONFIG_FILE_MISSING" });
    await expect(loadConfig("/dev/zero", schema)).rejects.toMatchObject({ code: "ERR_CONFIG_FILE_TOO_LARGE" });
  });

  test("is read, and its relative paths start at its folder", async () => {
    const path = join(folder, "good.yaml");
    writeFileSync(path, "cluster: demo\nlinks: { a: { role: acceptor, label: 7 } }\n");
    const document = await loadConfig(path, schema);
    expect(document.value).toEqual({ cluster: "demo", links: { a: { role: "acceptor", label: 7 } } });
    expect(document.resolvePath("run/x.sock")).toBe(join(folder, "run/x.sock"));
    expect(document.resolvePath("/run/x.sock")).toBe("/run/x.sock");
  });
});

describe("problems that a schema cannot find", () => {
  const text = "cluster: a\nlinks:\n  one: &l { role: acceptor, label: 1 }\n  two: *l\npairs:\n  - { listen: x }\n";

  test("are gathered and thrown together, in line order", () => {
    const resolve = (document: ConfigDocument<unknown>): void => {
      document.problem(["pairs", 0, "path"], "ERR_P", "no path", "");
      document.problem(["links", "one", "label"], "ERR_L", "taken", "");
      document.problem(["links", "two", "label"], "ERR_A", "behind an alias", "");
    };
    expect(describeAll(catchError(() => parseConfig(text, "/etc/x.yaml", schema, resolve)))).toEqual([
      "3:36 links.one.label ERR_L taken / ",
      "3:36 links.two.label ERR_A behind an alias / ",
      "6:5 pairs[0].path ERR_P no path / ",
    ]);
  });

  test("are reported beside keys that have no place, but not beside values that cannot be used", () => {
    const resolve = (document: ConfigDocument<z.output<typeof schema>>): void => {
      document.problem(["cluster"], "ERR_C", `not ${document.value.cluster}`, "");
    };
    const codes = (more: string): unknown =>
      describeAll(catchError(() => parseConfig(`cluster: a\n${more}\n`, "/etc/x.yaml", schema, resolve))).map(
        (problem) => problem.split(" ")[2],
      );
    expect(codes("nope: 1\nlater: 1")).toEqual(["ERR_C", "ERR_CONFIG_UNKNOWN_KEY", "ERR_CONFIG_RESERVED"]);
    expect(codes("pairs: 1")).toEqual(["ERR_CONFIG_TYPE"]);
  });

  test("of none, the resolver's result is returned", () => {
    expect(parseConfig("cluster: a\n", "/etc/x.yaml", schema, ({ value }) => value.cluster)).toBe("a");
  });
});

describe("whatever a file holds", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "cluster",
      "links",
      "a",
      "role",
      ":",
      "- ",
      "? ",
      "&a ",
      "*a",
      "<<",
      "!!set ",
      "!!binary ",
      "|",
      ">",
      "'",
      '"',
    ),
    fc.constantFrom(
      "\n",
      "\n  ",
      "\t",
      "{",
      "}",
      "[",
      "]",
      ",",
      "#",
      "%YAML 9",
      "---\n",
      "...\n",
      "__proto__",
      "\u0000",
      "~",
      "1e999",
    ),
    fc.string({ maxLength: 4, unit: "binary" }),
  );

  test("a text is a config or an operator's error", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        expectTame(words.join(""));
      }),
      { numRuns: 2_000 },
    );
  });

  test("any YAML value is a config or an operator's error with a line", () => {
    const key = fc.constantFrom("cluster", "links", "pairs", "role", "label", "listen", "__proto__", "constructor");
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        tie("object"),
        fc.array(tie("node"), { maxLength: 3 }),
      ),
      object: fc.dictionary(key, tie("node"), { maxKeys: 4 }),
    })).object;
    fc.assert(
      fc.property(value, (json) => expectTame(JSON.stringify(json))),
      { numRuns: 1_000 },
    );
  });

  function expectTame(text: string): void {
    try {
      expect(parseConfig(text, "/etc/x.yaml", schema)).toBeInstanceOf(ConfigDocument);
    } catch (error) {
      for (const problem of describeAll(error)) expect(problem).toMatch(/^\d+:\d+ .*ERR_\w+ ./s);
    }
  }
});
