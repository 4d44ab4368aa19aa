import { OperatorErrors } from "@florenetes/operator-text";
import { expect, test } from "vitest";
import { z } from "zod";
import { nameField, parseConfig, pathField, trustFields } from "../src/index.ts";

const schema = z.strictObject({ name: nameField.default("a"), path: pathField.default("x"), ...trustFields });

function problemsOf(text: string): string[] {
  try {
    parseConfig(text, "/config.yaml", schema);
    return [];
  } catch (error) {
    if (!(error instanceof OperatorErrors)) throw error;
    return error.problems.map(({ code, message, where }) => `${where?.key}: ${message} [${code}]`);
  }
}

test.each([
  ["name: b..c", /^name: a name is 1 to 63 of .* \[ERR_CONFIG_NAME\]$/],
  ["path: ''", /^path: an empty path \[ERR_CONFIG_VALUE\]$/],
  ['path: "a\\0b"', /^path: a zero in a path \[ERR_CONFIG_VALUE\]$/],
  ["revocation: maybe", /^revocation: .*optional.* \[ERR_CONFIG_VALUE\]$/],
  ["revocation-grace: 3651d", /^revocation-grace: a duration of at most 3650 days \[ERR_CONFIG_DURATION\]$/],
  ["expiry-grace: -1", /^expiry-grace: a duration of at most 3650 days \[ERR_CONFIG_DURATION\]$/],
  ["expiry-warning: soon", /^expiry-warning: a duration of at most 3650 days \[ERR_CONFIG_DURATION\]$/],
])("%s is refused", (text, expected) => {
  expect(problemsOf(text)).toEqual([expect.stringMatching(expected)]);
});

test("what is left out has its default, and the longest duration is taken", () => {
  expect(parseConfig("expiry-grace: 3650d", "/config.yaml", schema).value).toEqual({
    name: "a",
    path: "x",
    revocation: "optional",
    "revocation-grace": "7d",
    "expiry-grace": "3650d",
    "expiry-warning": "30d",
  });
});
