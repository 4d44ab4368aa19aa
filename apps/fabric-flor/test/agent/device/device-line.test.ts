import { DEVICE_NETWORKS } from "@florenetes/facts";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { UNKNOWN_DEVICE } from "../../../src/agent/device/device-facts.ts";
import { readDeviceLine } from "../../../src/agent/device/device-line.ts";

const read = (line: string | Uint8Array): ReturnType<typeof readDeviceLine> => readDeviceLine(Buffer.from(line));

test.each<[string, string, object]>([
  [
    "all members",
    `{"battery":0,"charging":true,"network":"cellular","metered":false,"foreground":true}`,
    { battery: 0, charging: true, network: "cellular", metered: false, foreground: true },
  ],
  ["no members: the worst is taken", "{}", UNKNOWN_DEVICE],
  ["a part of them", `{"charging":true}`, { ...UNKNOWN_DEVICE, charging: true }],
  [
    "members of later days",
    `{"battery":100,"temperature":[{"battery":1},{"battery":1}],"__proto__":{"charging":true}}`,
    { ...UNKNOWN_DEVICE, battery: 100 },
  ],
  ["the end of a line of Windows", `{"battery":1}\r`, { ...UNKNOWN_DEVICE, battery: 1 }],
  ["space", ` { "battery" : 1 } `, { ...UNKNOWN_DEVICE, battery: 1 }],
  ["an exponent", `{"battery":5e1}`, { ...UNKNOWN_DEVICE, battery: 50 }],
  [
    "names in values",
    `{"battery":1,"note":"battery\\":","notes":["battery",{"battery":2}]}`,
    { ...UNKNOWN_DEVICE, battery: 1 },
  ],
])("a line with %s is read", (_, line, facts) => {
  expect(read(line)).toEqual(facts);
});

test.each<[string, string | Uint8Array]>([
  ["nothing", ""],
  ["no JSON", "battery 5"],
  ["NaN", `{"battery":NaN}`],
  ["a number beyond all", `{"battery":1e400}`],
  ["a negative charge", `{"battery":-1}`],
  ["a charge beyond 100", `{"battery":101}`],
  ["a broken percent", `{"battery":5.5}`],
  ["a charge as text", `{"battery":"5"}`],
  ["a charge that is null", `{"battery":null}`],
  ["a truth as a number", `{"charging":1}`],
  ["a network that there is not", `{"network":"Wifi"}`],
  ["a doubled member", `{"charging":false,"charging":true}`],
  ["a doubled member in disguise", `{"charging":false,"ch\\u0061rging":true}`],
  ["a doubled member of later days", `{"x":1,"y":{"x":1},"x":2}`],
  ["ten thousand lists in each other", `{"x":${"[".repeat(10_000)}${"]".repeat(10_000)},"battery":101}`],
  ["lists without their ends", "[".repeat(4_000)],
  ["a list", "[]"],
  ["null", "null"],
  ["a text", `"charging"`],
  ["two objects", "{}{}"],
  ["the rest of another line", `true}{"charging":true}`],
  ["bytes that are no UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
  ["half of a character", Buffer.concat([Buffer.from(`{"x":"`), Uint8Array.of(0xe2, 0x82), Buffer.from(`"}`)])],
  ["an octet 0", `{"battery":1}\0`],
  ["an octet 0 in a text", `{"x":"\0"}`],
  ["a mark of byte order", `\u{feff}{"battery":1}`],
])("a line with %s says nothing", (_, line) => {
  expect(read(line)).toBeUndefined();
});

test("ten thousand lists in each other are no harm beside good members", () => {
  expect(read(`{"x":${"[".repeat(10_000)}${"]".repeat(10_000)},"battery":1}`)).toEqual({
    ...UNKNOWN_DEVICE,
    battery: 1,
  });
});

test("whatever bytes a line has, what is read of it is a device", () => {
  const member = fc.constantFrom("battery", "charging", "network", "metered", "foreground", "x");
  const value = fc.oneof(fc.jsonValue(), fc.nat(100), fc.boolean(), fc.constantFrom(...DEVICE_NETWORKS));
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.dictionary(member, value).map((all) => Buffer.from(JSON.stringify(all))),
  );
  let good = 0;
  fc.assert(
    fc.property(line, (octets) => {
      const facts = read(octets);
      if (facts === undefined) return;
      good++;
      expect(
        Object.keys(facts).every((name) => ["battery", "charging", "network", "metered", "foreground"].includes(name)),
      ).toBe(true);
      expect(facts.battery === undefined || (facts.battery >= 0 && facts.battery <= 100)).toBe(true);
      expect(DEVICE_NETWORKS).toContain(facts.network);
    }),
    { numRuns: 1_000, examples: [[Buffer.from("{}")]] },
  );
  expect(good).toBeGreaterThan(0);
});
