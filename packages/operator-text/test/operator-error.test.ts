import { describe, expect, test } from "vitest";
import { formatOperatorError, isOperatorError, OperatorError, OperatorErrors } from "../src/operator-error.ts";

describe("an operator's error", () => {
  test.each([
    [{}, "error: it broke [ERR_X]\n    Mend it."],
    [{ file: "/a.yaml" }, "/a.yaml: it broke [ERR_X]\n    Mend it."],
    [{ file: "/a.yaml", line: 3 }, "/a.yaml:3: it broke [ERR_X]\n    Mend it."],
    [{ file: "/a.yaml", line: 3, column: 7, key: "links.a" }, "/a.yaml:3:7: links.a: it broke [ERR_X]\n    Mend it."],
    [{ key: "links.a" }, "links.a: it broke [ERR_X]\n    Mend it."],
  ])("at %j is printed with its place, code and advice", (where, expected) => {
    expect(formatOperatorError(new OperatorError("ERR_X", "it broke", { advice: "Mend it.", where }))).toBe(expected);
  });

  test("several are printed one after the other, up to a bound", () => {
    const problems = Array.from({ length: 110 }, (_, at) => new OperatorError("ERR_X", `no ${at}`, { advice: "" }));
    const lines = formatOperatorError(new OperatorErrors(problems)).split("\n");
    expect(lines).toHaveLength(101);
    expect(lines[0]).toBe("error: no 0 [ERR_X]");
    expect(lines[100]).toBe("... and 10 more problems");
    expect(new OperatorErrors(problems).message).toBe("no 0 (and 109 more)");
    expect(() => new OperatorErrors([])).toThrow(RangeError);
  });

  test("is known by its code, whichever package it comes from", () => {
    const foreign = Object.assign(new Error("key too open"), {
      code: "ERR_IDENTITY_KEY_EXPOSED",
      advice: "chmod 600",
      where: { file: "/k.pem" },
    });
    expect(isOperatorError(foreign)).toBe(true);
    expect(formatOperatorError(foreign)).toBe("/k.pem: key too open [ERR_IDENTITY_KEY_EXPOSED]\n    chmod 600");
  });

  test("may have no advice, when its class says that it is no mistake of the program", () => {
    class PackageError extends Error {
      override readonly name = "PackageError";
      readonly code = "ERR_PACKAGE_SOCKET";
    }
    expect(formatOperatorError(new PackageError("in use"))).toBe("error: in use [ERR_PACKAGE_SOCKET]");
  });

  test("is not what the system throws, or what is no error", () => {
    const system = Object.assign(new Error("x"), { code: "ERR_INVALID_ARG_TYPE" });
    expect(isOperatorError(system)).toBe(false);
    expect(isOperatorError("ERR_X")).toBe(false);
    expect(formatOperatorError(system)).toMatch(/^internal error: Error: x\n {4}at /);
    expect(formatOperatorError("oops")).toBe("internal error: oops");
  });
});
