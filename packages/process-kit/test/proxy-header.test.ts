import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readProxyHeader } from "../src/filesystem/proxy-header.ts";

interface Vectors {
  readonly headers: readonly { readonly principal: string; readonly hex: string }[];
}

/** The golden vectors of cluster-flor, which writes the headers. */
const { headers } = JSON.parse(
  readFileSync(new URL("../../../apps/cluster-flor/vectors/proxy-headers.json", import.meta.url), "utf8"),
) as Vectors;

test.each(headers)("the header of $principal is read, whatever comes behind it", ({ principal, hex }) => {
  const octets = Buffer.from(hex, "hex");
  expect(readProxyHeader(octets)).toEqual({ principal, size: octets.length });
  expect(readProxyHeader(Buffer.concat([octets, Buffer.from("GET / HTTP/1.1\r\n")]))).toEqual({
    principal,
    size: octets.length,
  });
  for (let size = 0; size < octets.length; size++) expect(readProxyHeader(octets.subarray(0, size))).toBe("more");
});

const [{ hex } = { hex: "" }] = headers;

test.each([
  ["a request without a header", Buffer.from("GET /v1/nodes HTTP/1.1\r\n").toString("hex")],
  ["version 1", Buffer.from("PROXY TCP4 192.0.2.1").toString("hex")],
  ["the command LOCAL", hex.replace("540a21", "540a20")],
  ["an address", hex.replace("540a2100", "540a2111")],
  ["no principal", "0d0a0d0a000d0a515549540a21000000"],
  ["two principals", "0d0a0d0a000d0a515549540a21000008e0000161e0000162"],
  ["a field that is longer than the fields", "0d0a0d0a000d0a515549540a21000004e0000261"],
  ["a field that is cut", "0d0a0d0a000d0a515549540a21000002e000"],
  ["more fields than there may be", "0d0a0d0a000d0a515549540a2100ffff"],
])("%s is no header", (_, octets) => {
  expect(readProxyHeader(Buffer.from(octets, "hex"))).toBe("wrong");
});

test("no octets make the reader throw, or claim more than there is", () => {
  const begun = fc.uint8Array().map((rest) => Buffer.concat([Buffer.from(hex.slice(0, 28), "hex"), rest]));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array().map((octets) => Buffer.from(octets)),
        begun,
      ),
      (octets) => {
        const header = readProxyHeader(octets);
        if (typeof header !== "string") expect(header.size).toBeLessThanOrEqual(octets.length);
      },
    ),
  );
});
