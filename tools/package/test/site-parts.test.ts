import { expect, test } from "vitest";
import { licenseIn, siteNotices, withSiteParts } from "../src/site/site-parts.ts";

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Lunr

Files: *
Copyright: 2013, A
 2014, B
License: Expat
Comment: none

Files: debian/*
Copyright: 2020, C
License: GPL-3+

License: Expat
 Permission is hereby granted.
 .
   Indented.
`;
const PART = { name: "lunr", version: "2.3.9~dfsg-2", license: "MIT", from: "libjs-lunr", text: "text of lunr" };

test("a licence is the owners of most files and its own text", () => {
  expect(licenseIn(COPYRIGHT, "Expat")).toBe(
    "Copyright: 2013, A\n 2014, B\n\nPermission is hereby granted.\n\n  Indented.",
  );
  expect(() => licenseIn(COPYRIGHT, "BSD-2-Clause")).toThrow(/BSD-2-Clause/);
  expect(() => licenseIn("", "Expat")).toThrow(/Expat/);
});

test("a notice says where the part is", () => {
  expect(siteNotices([PART])).toEqual([
    { heading: "lunr 2.3.9~dfsg-2: MIT (in the site of the documents)", texts: ["text of lunr"] },
  ]);
});

test("a bill of materials has the parts in its order, and keeps all else", () => {
  const bom = {
    specVersion: "1.6",
    components: [{ "bom-ref": "pkg:cargo/a@1" }, { "bom-ref": "pkg:npm/z@1" }],
    dependencies: [{ ref: "pkg:npm/z@1", dependsOn: [] }],
    vulnerabilities: [],
  };
  const purl = "pkg:deb/debian/libjs-lunr@2.3.9~dfsg-2";
  expect(JSON.parse(withSiteParts(JSON.stringify(bom), [PART]))).toEqual({
    ...bom,
    components: [
      { "bom-ref": "pkg:cargo/a@1" },
      {
        type: "library",
        "bom-ref": purl,
        name: "lunr",
        version: "2.3.9~dfsg-2",
        purl,
        licenses: [{ license: { id: "MIT" } }],
      },
      { "bom-ref": "pkg:npm/z@1" },
    ],
    dependencies: [{ ref: purl, dependsOn: [] }, ...bom.dependencies],
  });
});
