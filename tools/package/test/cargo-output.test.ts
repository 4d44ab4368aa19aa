import { expect, test } from "vitest";

interface Told {
  readonly passed: number;
  readonly ignored: number;
  readonly failedTests: readonly string[];
  readonly passedTests: readonly string[];
  readonly isCut: boolean;
}

const script = new URL("../../../scripts/cargo-output.mjs", import.meta.url).href;
const { readCargoTests } = (await import(script)) as { readonly readCargoTests: (stdout: string) => Told };

const GOOD = `
running 3 tests
test links::a ... ok
test links::b ... ignored
test links::panics - should panic ... ok

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
`;

test("tests that passed and failed are told by the names by which they are asked for, also those that are to panic", () => {
  expect(readCargoTests(GOOD)).toEqual({
    passed: 2,
    ignored: 1,
    failedTests: [],
    passedTests: ["links::a", "links::panics"],
    isCut: false,
  });
  const bad = GOOD.replaceAll("... ok", "... FAILED").replace("ok. 2 passed; 0", "FAILED. 0 passed; 2");
  expect(readCargoTests(bad)).toMatchObject({ passed: 0, failedTests: ["links::a", "links::panics"], isCut: false });
});

test("a test that passed in one program and failed in another one has failed", () => {
  const both = GOOD + GOOD.replace("test links::a ... ok", "test links::a ... FAILED");
  expect(readCargoTests(both)).toMatchObject({ failedTests: ["links::a"], passedTests: ["links::panics"] });
});

test("a program that crashes among its tests is told, whatever failed elsewhere", () => {
  const crashed = "\nrunning 2 tests\ntest links::c ... ok\n";
  expect(readCargoTests(crashed + GOOD).isCut).toBe(true);
  expect(readCargoTests(GOOD.replace("test links::a ... ok", "test links::a ... FAILED") + crashed).isCut).toBe(true);
  expect(readCargoTests("").isCut).toBe(false);
});
