import { describe, expect, it } from "vitest";
import { parseMachineTicks } from "../src/accounting.ts";
import { versionOfFile } from "../src/debian.ts";

describe("the machine's ticks", () => {
  it("count as busy what is neither idle nor waiting, and tell stolen ones apart", () => {
    const stat = "cpu  100 20 30 4000 500 6 7 8 9 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
    expect(parseMachineTicks(stat)).toEqual({ busy: 163, stolen: 8 });
  });

  it("are none stolen where the kernel does not tell", () => {
    expect(parseMachineTicks("cpu 1 2 3 4 5 6 7\n")).toEqual({ busy: 19, stolen: 0 });
  });
});

describe("the version in the name of a package's file", () => {
  it.each([
    ["haproxy", "haproxy_2.6.12-1+deb12u4_amd64.deb", "2.6.12"],
    ["nebula", "nebula_1.6.1+dfsg-3+b4_amd64.deb", "1.6.1"],
    ["tinc", "tinc_1%3a1.0.36-2+b2_amd64.deb", "1.0.36"],
  ])("of %s", (name, file, version) => {
    expect(versionOfFile(["lock", "liblua5.3-0_5.3.6-2_amd64.deb", file], name)).toBe(version);
  });

  it("is unknown without the file", () => {
    expect(versionOfFile([], "haproxy")).toBe("unknown");
  });
});
