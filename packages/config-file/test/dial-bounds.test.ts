import { describe, expect, test } from "vitest";
import { DialBounds, isPrefix } from "../src/dial-bounds.ts";

test.each([
  ["192.0.2.0/24", true],
  ["2001:db8::/32", true],
  ["127.0.0.1/32", true],
  ["0.0.0.0/0", true],
  ["192.0.2.0", false],
  ["192.0.2.0/33", false],
  ["2001:db8::/129", false],
  ["192.0.2/24", false],
  ["example.org/24", false],
  ["192.0.2.0/24/1", false],
  ["192.0.2.0/", false],
  ["192.0.2.0/-1", false],
])("a prefix: %s", (text, is) => expect(isPrefix(text)).toBe(is));

const any = new DialBounds(undefined);
const some = new DialBounds(["192.0.2.0/24", "2001:db8::/32"]);
const loopback = new DialBounds(["127.0.0.0/8", "::1/128", "0.0.0.0/0", "::/0"]);
const permitted = (bounds: DialBounds, endpoint: string): boolean => bounds.findProblem(endpoint) === undefined;

describe("where the agent may have this vertex call", () => {
  test.each<[string, boolean, boolean, boolean]>([
    ["udp://192.0.2.7:4433", true, true, true],
    ["udp://198.51.100.7:4433", true, false, true],
    ["udp://[2001:db8::7]:1", true, true, true],
    ["udp://[2001:db9::7]:65535", true, false, true],
    ["tls://192.0.2.7:4433", true, true, true],
    ["udp://[fe80::1%eth0]:4433", true, false, true],
    ["udp://127.0.0.1:4433", false, false, true],
    ["udp://127.255.255.254:4433", false, false, true],
    ["udp://[::1]:4433", false, false, true],
    ["udp://[::7f00:1]:4433", false, false, true],
    ["udp://0.0.0.0:4433", false, false, false],
    ["udp://[::]:4433", false, false, false],
    ["udp://224.0.0.251:5353", false, false, false],
    ["udp://255.255.255.255:9", false, false, false],
    ["udp://[ff02::1]:9", false, false, false],
    ["udp://[::ffff:127.0.0.1]:9", false, false, false],
    ["udp://[::ffff:7f00:1]:9", false, false, false],
    ["udp://[0:0:0:0:0:ffff:c000:0207]:9", false, false, false],
    ["udp://localhost:4433", false, false, false],
    ["udp://127.1:4433", false, false, false],
    ["udp://2130706433:4433", false, false, false],
    ["udp://0x7f000001:4433", false, false, false],
    ["udp://192.0.2.7", false, false, false],
    ["udp://192.0.2.7:0", false, false, false],
    ["udp://192.0.2.7:65536", false, false, false],
    ["udp://192.0.2.7:04433", false, false, false],
    ["udp://192.0.2.07:4433", false, false, false],
    ["udp://192.0.2.7:4433/", false, false, false],
    ["udp://a@192.0.2.7:4433", false, false, false],
    ["192.0.2.7:4433", false, false, false],
    ["", false, false, false],
  ])("%s: by default %s, in two prefixes %s, everywhere %s", (endpoint, byDefault, inSome, everywhere) => {
    const found = [any, some, loopback].map((bounds) => permitted(bounds, endpoint));
    expect(found).toEqual([byDefault, inSome, everywhere]);
  });
});
