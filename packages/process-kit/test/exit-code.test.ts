import { EXIT_CODES, formatOperatorError, OperatorError } from "@florenetes/operator-text";
import { expect, test } from "vitest";
import { checkNodeVersion, exitCodeOf } from "../src/process/run-program.ts";

class PackageError extends Error {
  override readonly name = "PackageError";
  readonly code = "ERR_PACKAGE_SOCKET";
}

test.each([
  ["an error that says its exit code", new OperatorError("ERR_X", "x", { advice: "", exitCode: 3 }), 3],
  ["an error with a code and advice", Object.assign(new Error("x"), { code: "ERR_X", advice: "Do." }), "misconfigured"],
  ["an error of a class of its own", new PackageError("in use"), "misconfigured"],
  ["what the system throws", Object.assign(new Error("x"), { code: "ERR_INVALID_ARG_TYPE" }), "internal"],
] as const)("the exit code of %s", (_, error, expected) => {
  expect(exitCodeOf(error)).toBe(typeof expected === "number" ? expected : EXIT_CODES[expected]);
});

test("a Node that is too old is named before anything of it is missed", () => {
  expect(formatOperatorError(checkNodeVersion("20.20.2"))).toMatch(
    /^error: this is Node 20\.20\.2, .* \[ERR_NODE_VERSION\]\n    \w/,
  );
  expect(exitCodeOf(checkNodeVersion("23.11.0"))).toBe(EXIT_CODES.misconfigured);
  expect([checkNodeVersion("24.0.0"), checkNodeVersion("100.1.0"), checkNodeVersion(process.versions.node)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
