import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdentityError } from "../src/errors.ts";
import {
  formatPrincipal,
  formatShortPrincipal,
  isSamePrincipal,
  parseClusterUri,
  parsePrincipal,
  parseShortPrincipal,
  type Principal,
  PRINCIPAL_KINDS,
} from "../src/principal.ts";

interface Vectors {
  readonly accepted: readonly (Principal & { readonly uri: string })[];
  readonly refused: readonly { readonly uri: string; readonly why: string }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/principals.json", import.meta.url), "utf8"),
) as unknown as Vectors;

const syntaxError: unknown = expect.objectContaining({ code: "ERR_IDENTITY_PRINCIPAL_SYNTAX" });

describe("a SPIFFE ID", () => {
  test.each(vectors.accepted)("$uri is read", ({ uri, ...principal }) => {
    expect(parsePrincipal(uri)).toEqual(principal);
    expect(formatPrincipal(principal)).toBe(uri);
  });

  test.each(vectors.refused)("$uri is refused: $why", ({ uri }) => {
    expect(() => parsePrincipal(uri)).toThrow(syntaxError);
  });

  test("that is read has one spelling", () => {
    const alphabet = fc.constantFrom(..."spiffe://demo/user/alice-._%A? ".split(""), "spiffe://", "/user/", "/vertex/");
    const text = fc.oneof(
      fc.string(),
      fc.array(alphabet).map((parts) => `spiffe://${parts.join("")}`),
    );
    fc.assert(
      fc.property(text, (uri) => {
        let principal: Principal;
        try {
          principal = parsePrincipal(uri);
        } catch (error) {
          expect(error).toBeInstanceOf(IdentityError);
          return;
        }
        expect(formatPrincipal(principal)).toBe(uri);
      }),
      { numRuns: 2000 },
    );
  });

  test("comes back from its parts, whatever valid names they are", () => {
    const end = fc.constantFrom("a", "b", "z", "0", "9");
    const middle = fc.string({ unit: fc.constantFrom("a", "z", "0", "9", "-", "_", "."), maxLength: 61 });
    const name = fc
      .oneof(
        end,
        fc.tuple(end, middle, end).map((parts) => parts.join("")),
      )
      .filter((text) => !text.includes(".."));
    const principal = fc.record({ cluster: name, kind: fc.constantFrom(...PRINCIPAL_KINDS), name });
    fc.assert(
      fc.property(principal, (principal) => {
        expect(isSamePrincipal(parsePrincipal(formatPrincipal(principal)), principal)).toBe(true);
        expect(parseShortPrincipal(formatShortPrincipal(principal), principal.cluster)).toEqual(principal);
      }),
    );
  });

  test("of enormous length is refused without being looked through or quoted whole", () => {
    const uri = `spiffe://demo/user/${"a".repeat(1_000_000)}`;
    expect(() => parsePrincipal(uri)).toThrow(syntaxError);
    expect(() => parseShortPrincipal(uri, "demo")).toThrow(syntaxError);
  });
});

test("a letter that only looks right is escaped in the message, and so is what a terminal obeys", () => {
  const shown = (text: string): string => {
    try {
      parsePrincipal(text);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  expect(shown("spiffe://demo/user/\u0430lice")).toContain('\\u{430}lice"');
  expect(shown("spiffe://demo/user/\u009b2J\u202e\u007f\n")).toContain('\\u{9b}2J\\u{202e}\\u{7f}\\u{a}"');
  expect(shown("\u{1f600}".repeat(200)).length).toBeLessThan(2000);
});

describe("the short form", () => {
  test.each(["alice", "user/", "/alice", "user/alice/", "user/Alice", "spiffe://demo/user/alice", "users/alice", ""])(
    "%j is refused",
    (text) => {
      expect(() => parseShortPrincipal(text, "demo")).toThrow(syntaxError);
    },
  );

  test("takes the cluster that is given, and checks it", () => {
    expect(parseShortPrincipal("user/alice", "demo")).toEqual({ cluster: "demo", kind: "user", name: "alice" });
    expect(() => parseShortPrincipal("user/alice", "De mo")).toThrow(syntaxError);
  });
});

describe("a cluster's own ID", () => {
  test("has no path", () => {
    expect(parseClusterUri("spiffe://demo")).toBe("demo");
    for (const uri of ["spiffe://demo/", "spiffe://demo/user/alice", "demo", "spiffe://"]) {
      expect(() => parseClusterUri(uri)).toThrow(syntaxError);
    }
  });
});
