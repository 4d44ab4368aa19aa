import { describe, expect, test } from "vitest";
import { ARCHITECTURE_SIZE_MAX, FILE_LINES_MAX, FUNCTION_LINES_MAX } from "../src/limits.ts";
import { findAll } from "../src/tidy.ts";
import { FOLDERS, type Files, find, importing, linesOf, workspace } from "./repository.ts";

test("an orderly repository has no findings", () => {
  expect(find({})).toEqual([]);
});

describe("imports", () => {
  test.each<{ name: string; files: Files; findings: string[] }>([
    { name: "down", files: { "apps/cluster-flor/src/a.ts": importing("wire-values") }, findings: [] },
    { name: "a tool of an app", files: { "tools/flor/src/a.ts": importing("cluster-flor") }, findings: [] },
    {
      name: "simkit by a tool that tests",
      files: {
        ...workspace("tools/chaos", { dependencies: ["simkit"], references: ["packages/simkit"] }),
        "tsconfig.json": JSON.stringify({
          references: [...FOLDERS.split(" "), "tools/chaos"].map((path) => ({ path })),
        }),
        "tools/chaos/src/a.ts": importing("simkit"),
      },
      findings: [],
    },
    { name: "simkit in a test", files: { "packages/wire-values/test/a.test.ts": importing("simkit") }, findings: [] },
    {
      name: "anything by the end-to-end tests, wherever it is declared",
      files: {
        ...workspace("test-e2e", { dependencies: ["flor"], devDependencies: ["simkit"] }),
        "tsconfig.json": JSON.stringify({ references: [...FOLDERS.split(" "), "test-e2e"].map((path) => ({ path })) }),
        "test-e2e/src/a.ts": importing("flor"),
        "test-e2e/src/b.ts": importing("simkit"),
        "test-e2e/src/c.ts": importing("wire-values"),
      },
      findings: ["test-e2e/src/c.ts:2: undeclared"],
    },
    {
      name: "up",
      files: { "packages/florio/src/a.ts": importing("identity") },
      findings: ["packages/florio/src/a.ts:2: layer"],
    },
    {
      name: "up, in a test",
      files: { "packages/quic/test/a.test.ts": importing("florio") },
      findings: [],
    },
    {
      name: "an app by an app",
      files: { "apps/cluster-flor/src/a.ts": importing("link-flor") },
      findings: ["apps/cluster-flor/src/a.ts:2: layer"],
    },
    {
      name: "a tool by an app",
      files: { "apps/cluster-flor/src/a.ts": importing("flor") },
      findings: ["apps/cluster-flor/src/a.ts:2: layer"],
    },
    {
      name: "simkit by what runs",
      files: { "apps/cluster-flor/src/a.ts": importing("simkit") },
      findings: ["apps/cluster-flor/src/a.ts:2: layer"],
    },
    {
      name: "types alone, and exports, and imports at run time",
      files: {
        "packages/florio/src/a.ts": `import type { x } from "@florenetes/identity";\nexport type { x };\n`,
        "packages/florio/src/b.ts": `export { x, y } from "@florenetes/identity";\n`,
        "packages/florio/src/drivers/c.ts": `export const c = await import("@florenetes/identity");\n`,
      },
      findings: [
        "packages/florio/src/a.ts:1: layer",
        "packages/florio/src/b.ts:1: layer",
        "packages/florio/src/drivers/c.ts:1: layer",
      ],
    },
    {
      name: "in a comment or a string, which are none",
      files: {
        "packages/wire-values/src/a.ts": `// import "@florenetes/quic";\nexport const a = 'from "@florenetes/quic"';\n`,
      },
      findings: [],
    },
    {
      name: "not declared",
      files: { "apps/link-flor/src/a.ts": importing("wire-values") },
      findings: ["apps/link-flor/src/a.ts:2: undeclared", "apps/link-flor/src/a.ts:2: unreferenced"],
    },
    {
      name: "declared for tests, used by the source",
      files: { "packages/wire-values/src/a.ts": importing("simkit") },
      findings: ["layer", "undeclared", "unreferenced"].map((rule) => `packages/wire-values/src/a.ts:2: ${rule}`),
    },
    {
      name: "declared, but not referenced",
      files: { "packages/identity/src/a.ts": importing("wire-values") },
      findings: ["packages/identity/src/a.ts:2: unreferenced"],
    },
    {
      name: "of nothing that is there",
      files: { "packages/quic/src/a.ts": importing("lables") },
      findings: ["packages/quic/src/a.ts:2: unknown-workspace"],
    },
    {
      name: "by a path into another workspace",
      files: { "packages/quic/src/a.ts": `import "../../labels/src/header.ts";\n` },
      findings: ["packages/quic/src/a.ts:1: leaves-workspace"],
    },
    {
      name: "of a package's own door",
      files: {
        "packages/quic/src/a.ts": `import { x } from "./index.ts";\nexport { x };\n`,
        "packages/quic/src/b.ts": `import { x } from "@florenetes/quic";\nexport { x };\n`,
        "packages/quic/test/a.test.ts": `import { x } from "../src/index.ts";\nx();\n`,
        "packages/quic/vitest.config.ts": `export { default } from "../../vitest.config.ts";\n`,
      },
      findings: ["packages/quic/src/a.ts:1: own-door", "packages/quic/src/b.ts:1: own-door"],
    },
    {
      name: "of a package that nobody gave a layer",
      files: {
        ...workspace("packages/new", { dependencies: ["wire-values"], references: ["packages/wire-values"] }),
        "packages/new/src/a.ts": importing("wire-values"),
      },
      findings: ["packages/new/src/a.ts:2: layer", "tsconfig.json:1: unreferenced"],
    },
  ])("$name", ({ files, findings }) => {
    expect(find(files)).toEqual(findings);
  });
});

describe("the rooms of an app", () => {
  const path = "apps/cluster-flor/src/transport/streams/a.ts";

  test.each([
    ["../../admin/status.ts", ["1: room"]],
    ["../drivers/socket.ts", ["1: room"]],
    ["../../connection/drivers/port.ts", ["1: room"]],
    ["../limits.ts", []],
    ["../../forwarding/b.ts", []],
  ])("a core imports %s", (specifier, findings) => {
    expect(find({ [path]: `import "${specifier}";\n` })).toEqual(findings.map((found) => `${path}:${found}`));
  });

  test.each([
    ["connections", "streams", []],
    ["streams", "connections", ["1: room"]],
    ["paths", "streams", ["1: room"]],
    ["tunnels", "services", ["1: room"]],
    ["new", "limits.ts", []],
    ["new", "packets", ["1: room"]],
  ])("of the transport service: from %s to %s", (room, other, findings) => {
    const from = `apps/cluster-flor/src/transport/${room}/a.ts`;
    const specifier = other.endsWith(".ts") ? `../${other}` : `../${other}/b.ts`;
    expect(find({ [from]: `import "${specifier}";\n` })).toEqual(findings.map((found) => `${from}:${found}`));
  });

  test.each([
    ["links", "sessions", []],
    ["sessions", "links", ["1: room"]],
    ["packets", "sessions", ["1: room"]],
    ["sizes", "strangers", ["1: room"]],
    ["new", "packets", ["1: room"]],
  ])("of the link protocol: from %s to %s", (room, other, findings) => {
    const from = `apps/link-flor/src/quic-link/${room}/a.ts`;
    expect(find({ [from]: `import "../${other}/b.ts";\n` })).toEqual(findings.map((found) => `${from}:${found}`));
  });

  test.each([
    ["transport/drivers/a.ts", "./socket.ts"],
    ["drivers/a.ts", "../admin/program.ts"],
    ["drivers/a.ts", "../transport/drivers/socket.ts"],
    ["admin/a.ts", "./status.ts"],
    ["vertex.ts", "./admin/status.ts"],
    ["vertex.ts", "./transport/drivers/socket.ts"],
  ])("%s may import %s", (file, specifier) => {
    expect(find({ [`apps/cluster-flor/src/${file}`]: `import "${specifier}";\n` })).toEqual([]);
  });
});

test.each([
  ["apps/cluster-flor/src/config", "../forwarding/b.ts"],
  ["apps/cluster-flor/src/connection", "../transport/b.ts"],
  ["apps/link-flor/src/quic-link", "../portal/b.ts"],
  ["packages/identity/src/revocation", "../holding/b.ts"],
])("a room of %s does not know %s, which knows it", (folder, target) => {
  const from = `${folder}/a.ts`;
  const files = { [from]: `import { b } from "${target}";\nexport { b };\n` };
  expect(find(files)).toEqual([`${from}:1: room`]);
});

describe("the folders of packages/quic", () => {
  test.each([
    ["portable/drivers/a.ts", "../../guard/drivers/b.ts", []],
    ["portable/drivers/a.ts", "../../engine.ts", []],
    ["guard/drivers/a.ts", "../../portable/drivers/b.ts", ["1: room"]],
    ["native/a.ts", "../portable/b.ts", ["1: room"]],
    ["index.ts", "./portable/drivers/b.ts", []],
  ])("%s imports %s", (file, specifier, findings) => {
    const path = `packages/quic/src/${file}`;
    expect(find({ [path]: `import "${specifier}";\n` })).toEqual(findings.map((found) => `${path}:${found}`));
  });
});

describe("a core does not wait", () => {
  const waiting = `export async function f(): Promise<void> {\n  await g();\n  for await (const x of h()) x();\n}\n`;
  const method = `export class A {\n  async f(): Promise<void> {}\n}\nexport const b = async (): Promise<void> => {};\n`;

  test.each(["packages/wire-values/src/a.ts", "packages/florio/src/deep/a.ts", "apps/cluster-flor/src/transport/a.ts"])(
    "%s",
    (path) => {
      expect(find({ [path]: waiting })).toEqual([1, 2, 3].map((line) => `${path}:${line}: async-core`));
      expect(find({ [path]: method })).toEqual([2, 4].map((line) => `${path}:${line}: async-core`));
      expect(find({ [path]: "await using a = b();\n" })).toEqual([`${path}:1: async-core`]);
    },
  );

  test.each([
    "packages/florio/src/drivers/a.ts",
    "packages/quic/testing/conformance/a.ts",
    "packages/wire-values/test/a.test.ts",
    "apps/cluster-flor/src/main.ts",
    "apps/cluster-flor/src/admin/a.ts",
    "apps/link-flor/src/config/a.ts",
    "apps/link-flor/src/portal/drivers/a.ts",
    "tools/flor/src/a.ts",
  ])("%s is none", (path) => {
    expect(find({ [path]: waiting })).toEqual([]);
  });
});

describe("sizes", () => {
  const path = "tools/flor/src/a.ts";

  test("a file", () => {
    expect(find({ [path]: linesOf(FILE_LINES_MAX) })).toEqual([]);
    expect(find({ [path]: linesOf(FILE_LINES_MAX + 1) })).toEqual([`${path}:1: long-file`]);
  });

  test.each([
    { name: "function", open: "function a() {\n", close: "}\n" },
    { name: "method", open: "class A { a() {\n", close: "} }\n" },
    { name: "arrow function", open: "const a = () => {\n", close: "}\n" },
    { name: "test", open: "test('a', () => {\n", close: "});\n" },
  ])("a $name", ({ open, close }) => {
    expect(find({ [path]: `\n${open}${linesOf(FUNCTION_LINES_MAX - 2)}${close}` })).toEqual([]);
    expect(find({ [path]: `\n${open}${linesOf(FUNCTION_LINES_MAX - 1)}${close}` })).toEqual([
      `${path}:2: long-function`,
    ]);
  });

  test("a suite of tests may be long", () => {
    const tests = linesOf(FUNCTION_LINES_MAX);
    for (const name of ["describe", "describe.each([])", "describeInWorlds"])
      expect(find({ [path]: `${name}("a", () => {\n${tests}});\n` })).toEqual([]);
  });

  test("the message names what is too long", () => {
    const tree = new Map([["tools/a.ts", `class A {\n  #act() {\n${linesOf(FUNCTION_LINES_MAX)}  }\n}\n`]]);
    expect(findAll(tree).map(({ advice }) => advice)).toEqual([
      `#act has ${FUNCTION_LINES_MAX + 2} lines: split it (at most ${FUNCTION_LINES_MAX})`,
    ]);
  });
});

test.each<{ path: string; text: string; findings: string[] }>([
  { path: "packages/quic/src/a.ts", text: "const lifeMs = 1_000;\n", findings: ["1: constant-name"] },
  {
    path: "packages/quic/src/a.ts",
    text: "export const sizeMax: number = (1 << 20) - 1;\n",
    findings: ["1: constant-name"],
  },
  { path: "packages/quic/src/a.ts", text: "const LIFE_MS = 1_000;\nconst start = now();\n", findings: [] },
  { path: "packages/quic/test/a.test.ts", text: "const lifeMs = 1_000;\n", findings: [] },
  { path: "packages/quic/src/index.ts", text: `export * from "./a.ts";\n`, findings: ["1: star-export"] },
  { path: "packages/quic/src/index.ts", text: `export type * from "./a.ts";\n`, findings: ["1: star-export"] },
  { path: "packages/quic/src/index.ts", text: `export { a } from "./a.ts";\n`, findings: [] },
  { path: "packages/quic/src/utils.ts", text: "", findings: ["1: vague-name"] },
  { path: "packages/quic/src/helpers/a.ts", text: "", findings: ["1: vague-name"] },
  { path: "packages/quic/src/linkTable.ts", text: "", findings: ["1: file-name"] },
  { path: "packages/quic/src/link-table.test.ts", text: "", findings: [] },
  { path: "packages/quic/src/a.ts", text: "const = 1;\n", findings: ["1: syntax"] },
  { path: "README.md", text: "a\n\nTODO: write\n", findings: ["3: left-over"] },
  { path: "README.md", text: "TODOs and mastodons are fine\n", findings: [] },
  { path: "a.json", text: `{ "path": "/home/somebody/florenetes" }\n`, findings: ["1: host-path"] },
  { path: "a.sh", text: "cd /work/place\n", findings: ["1: host-path"] },
  { path: "docs/a.md", text: "/etc/florenetes/home/x, network/work/x and https://a.example/home/x\n", findings: [] },
  { path: "docs/a.md", text: "as issue 12 asks\n", findings: ["1: talk-of-work"] },
  { path: "docs/a.md", text: "an issue of 12 bytes\n", findings: [] },
])("$path with $text", ({ path, text, findings }) => {
  expect(find({ [path]: text })).toEqual(findings.map((finding) => `${path}:${finding}`));
});

describe("a counter", () => {
  const counting =
    "export class Door {\n  /** Why. */\n  refused = 0;\n  shut(): void {\n    this.refused++;\n  }\n}\n";
  const path = "packages/wire-values/src/door.ts";
  const found = [`${path}:3: unread-counter`];

  test.each([
    ["nobody", {}, found],
    ["a test", { "packages/wire-values/test/door.test.ts": "expect(door.refused).toBe(1);\n" }, found],
    [
      "a comment, and a private field of that name",
      { "tools/flor/src/a.ts": "// The call is refused.\nthis.#refused++;\n" },
      found,
    ],
    ["another process", { "apps/link-flor/src/status.ts": "export const status = { refused: door.refused };\n" }, []],
  ])("that is read by %s", (_, files, findings) => {
    expect(find({ [path]: counting, ...files })).toEqual(findings);
  });

  test.each(["", "  toJSON(): object {\n    return { ...this };\n  }\n"])(
    "in a record is read with all the others",
    (method) => {
      expect(find({ [path]: `export class Drops {\n  refused = 0;\n${method}}\n` })).toEqual([]);
    },
  );
});

describe("a page", () => {
  const files = {
    "docs/develop/quic.md": "# QUIC\n\n## `ping` waits\n\n```\n# no heading\n```\n",
    "packages/wire-values/src/map.ts": "",
  };

  test.each([
    ["another page", "[QUIC](quic.md)", []],
    ["a heading of it", "[QUIC](quic.md#ping-waits)", []],
    ["a folder", "[labels](../../packages/wire-values/src)", []],
    ["the world", "[RFC](https://www.rfc-editor.org/rfc/rfc9000)", []],
    ["a page that is not there", "[QUIC](quick.md)", ["docs/develop/a.md:3: dead-reference"]],
    ["a heading that is not there", "[QUIC](quic.md#no-heading)", ["docs/develop/a.md:3: dead-reference"]],
    ["a source file, by the end of its path", "`src/map.ts`", []],
    ["a source file that is not there", "`src/maps.ts`", ["docs/develop/a.md:3: dead-reference"]],
    ["a Rust file that is not there", "`src/maps.rs`", ["docs/develop/a.md:3: dead-reference"]],
    ["a file that a program makes", "`latest.json`", []],
  ])("that names %s", (_, reference, findings) => {
    expect(find({ ...files, "docs/develop/a.md": `# A\n\nSee ${reference}.\n` })).toEqual(findings);
  });
});

test("a page of docs that the index does not lead to is found", () => {
  const files = { "docs/README.md": "[A](develop/a.md)\n", "docs/develop/a.md": "", "docs/develop/b.md": "" };
  expect(find(files)).toEqual(["docs/develop/b.md:1: unlisted-page"]);
});

describe("a map", () => {
  const map = (...lines: string[]): string => `# Map\n\n\`\`\`map\n${lines.join("\n")}\n\`\`\`\n`;
  const whole = [
    "packages/  libraries",
    ...["wire-values", "florio", "identity", "quic", "simkit"].map((name) => `  ${name}/  a subject`),
    "tools/     tools",
    "  flor/    the command line",
  ];
  const files = { "packages/quic/src/guard/guard.ts": "", "packages/quic/src/engine.ts": "" };
  const rooms = map("packages/quic/src/  QUIC", "  guard/  judges packets");

  test.each<{ name: string; page?: string; rooms?: string; findings: string[] }>([
    { name: "shows all folders", findings: [] },
    { name: "without a folder", page: map(...whole.filter((line) => !line.includes("florio"))), findings: ["4: map"] },
    { name: "with a folder that is gone", page: map(...whole, "  bench/   the bench"), findings: ["12: map"] },
    { name: "with a folder twice", page: map(...whole, "  flor/    the command line"), findings: ["12: map"] },
    { name: "with a line of another kind", page: map(...whole, "  and more"), findings: ["12: map"] },
    { name: "of tools is not there", page: map(...whole.slice(0, 6)), findings: ["1: map"] },
    { name: "of rooms that have an order is not there", rooms: "# Rooms\n", findings: ["1: map"] },
    { name: "of too much", page: `${map(...whole)}${"a".repeat(ARCHITECTURE_SIZE_MAX)}\n`, findings: ["1: long-page"] },
  ])("$name", ({ page = map(...whole), rooms: roomsPage = rooms, findings }) => {
    const found = find({ ...files, "ARCHITECTURE.md": page, "docs/develop/rooms.md": roomsPage });
    expect(found).toEqual(findings.map((finding) => `ARCHITECTURE.md:${finding}`));
  });
});
