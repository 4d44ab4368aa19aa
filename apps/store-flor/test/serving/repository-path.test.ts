import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readRepositoryPath } from "../../src/serving/repository-path.ts";

const HASH = "0123456789abcdef".repeat(4);
const NAME = "florenetes-node_0.1.0+git1~rc_amd64.deb";

test("metadata and targets have paths", () => {
  expect(readRepositoryPath("/metadata/timestamp.json")).toMatchObject({ kind: "metadata", name: "timestamp.json" });
  expect(readRepositoryPath("/metadata/12.root.json")).toMatchObject({ path: "metadata/12.root.json" });
  expect(readRepositoryPath(`/targets/${HASH}.${NAME}`)).toEqual({
    kind: "target",
    path: `targets/${HASH}.${NAME}`,
    name: NAME,
    sha256: HASH,
  });
});

test.each([
  "",
  "/",
  "*",
  "//metadata/timestamp.json",
  "/metadata/",
  "/metadata/root.json",
  "/metadata/0.root.json",
  "/metadata/../metadata/timestamp.json",
  "/metadata/%74imestamp.json",
  "/metadata/timestamp.json?x",
  "/metadata/timestamp.json\0",
  `/targets/${HASH}`,
  `/targets/${HASH}.`,
  `/targets/${HASH}.../../etc/passwd`,
  `/targets/${HASH}.a/b_1_c.deb`,
  `/targets/${HASH.toUpperCase()}.${NAME}`,
  "http://update/metadata/timestamp.json",
  `/targets/${HASH}.${"a".repeat(10_000)}_1_amd64.deb`,
])("%s is no path of a repository", (url) => {
  expect(readRepositoryPath(url)).toBeUndefined();
});

test("no text leads out of the folder", () => {
  const parts = fc.constantFrom(
    "/",
    "..",
    ".",
    "metadata",
    "targets",
    "timestamp.json",
    HASH,
    NAME,
    "%2e",
    "\\",
    "1.root.json",
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), (some) => {
      const path = readRepositoryPath(`/${some.join("")}`)?.path;
      if (path !== undefined) expect(path).toMatch(/^(?:metadata|targets)\/[^/]+$/);
    }),
  );
});
