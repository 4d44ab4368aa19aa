import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { proxyHeader } from "../../../src/transport/services/proxy-header.ts";

const url = new URL("../../../vectors/proxy-headers.json", import.meta.url);
const { headers } = JSON.parse(readFileSync(url, "utf8")) as { headers: { principal: string; hex: string }[] };

test.each(headers)("the header of $principal", ({ principal, hex }) => {
  expect(Buffer.from(proxyHeader(principal)).toString("hex")).toBe(hex);
});
