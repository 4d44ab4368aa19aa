import { openDataPlane } from "@florenetes/data-plane";
import { describe, expect, test } from "vitest";
import { decideEngine, portableFaultOn, type EngineSetting } from "../src/choice/engine-choice.ts";
import { checkEngine, chooseEngine, openEngine } from "../src/index.ts";

interface Row {
  readonly config: EngineSetting;
  readonly variable?: string;
  readonly fault?: string;
  readonly portableFault?: string;
  readonly expected: string;
}

const notLoaded = "it is not built";
const notMade = "it is not made for this machine";
const isUsable = "the native engine can be used here";

test.each<Row>([
  { config: "auto", expected: `native, config: \`engine: auto\`, and ${isUsable}` },
  { config: "portable", expected: "portable, config: `engine: portable` says so" },
  { config: "native", expected: "native, config: `engine: native` says so" },
  { config: "native", fault: notLoaded, expected: "ERR_ENGINE_MISSING: `engine: native`, and" },
  {
    config: "auto",
    fault: notLoaded,
    expected: "portable, config: `engine: auto`, and the native engine cannot be used here: it is not built",
  },
  { config: "portable", variable: "native", expected: "native, environment: FLORENETES_ENGINE=native says so" },
  { config: "native", variable: "portable", expected: "portable, environment: FLORENETES_ENGINE=portable says so" },
  { config: "native", variable: "auto", expected: `native, environment: FLORENETES_ENGINE=auto, and ${isUsable}` },
  { config: "native", variable: "", expected: "native, config: `engine: native` says so" },
  {
    config: "portable",
    variable: "native",
    fault: notLoaded,
    expected:
      "ERR_ENGINE_MISSING: FLORENETES_ENGINE=native, and the native engine cannot be used here: it is not built",
  },
  { config: "auto", portableFault: notMade, expected: `native, config: \`engine: auto\`, and ${isUsable}` },
  {
    config: "portable",
    portableFault: notMade,
    expected: `ERR_ENGINE_MISSING: \`engine: portable\`, and the portable engine cannot be used here: ${notMade}`,
  },
  {
    config: "auto",
    fault: notLoaded,
    portableFault: notMade,
    expected: `ERR_ENGINE_MISSING: \`engine: auto\`, and the native engine cannot be used here: ${notLoaded}; nor can the portable one: ${notMade}`,
  },
  { config: "auto", variable: "quiche", expected: 'ERR_ENGINE_VARIABLE: FLORENETES_ENGINE is "quiche"' },
])("config $config, variable $variable, fault $fault", (row) => {
  const { config, variable, fault, portableFault, expected } = row;
  const question = { config, variable, nativeFault: () => fault, portableFault };
  let told: string;
  try {
    const { name, asked, askedBy, reason } = decideEngine(question);
    expect(asked).toBe(askedBy === "config" ? config : variable);
    told = `${name}, ${askedBy}: ${reason}`;
  } catch (error) {
    const { code, message, advice } = error as { code: string; message: string; advice: string };
    expect(advice).toMatch(/\.$/);
    told = `${code}: ${message}`;
  }
  expect(told).toContain(expected);
});

test("whether the native engine is there is not asked where nobody wants it: its add-on stays unloaded", () => {
  const nativeFault = (): never => {
    throw new Error("asked");
  };
  expect(decideEngine({ config: "portable", variable: undefined, nativeFault, portableFault: undefined }).name).toBe(
    "portable",
  );
});

test.each([
  ["linux", "x64", undefined],
  ["linux", "arm64", "its authors publish no add-on for linux on arm64"],
  ["darwin", "arm64", undefined],
] as const)("on %s, %s, what stands against the portable engine is %s", (platform, arch, fault) => {
  expect(portableFaultOn({ platform, arch })).toBe(fault);
});

describe("on this machine", () => {
  test("check says what would be taken, or what is wrong", () => {
    expect(checkEngine("portable", {})).toEqual({
      problems: [],
      notes: ["the QUIC engine is the portable one: `engine: portable` says so"],
    });
    const { problems, notes } = checkEngine("portable", { FLORENETES_ENGINE: "fast" });
    expect(problems).toMatchObject([{ code: "ERR_ENGINE_VARIABLE" }]);
    expect(notes).toEqual([]);
  });

  test("the engine that is chosen is the one that is opened", async () => {
    expect((await openEngine(chooseEngine("portable", {}))).name).toBe("quiche");
    const isBuilt = openDataPlane().kind === "native";
    if (isBuilt) expect((await openEngine(chooseEngine("native", {}))).name).toBe("native");
    else expect(() => chooseEngine("native", {})).toThrow(expect.objectContaining({ code: "ERR_ENGINE_MISSING" }));
  });
});
