import { expect, test } from "vitest";
import { aimsOf, isMet } from "../src/aims.ts";
import { START_PLACE } from "../src/place.ts";
import { renderRun } from "../src/report.ts";
import { memoryParts } from "../src/start/mappings.ts";
import { BOTH } from "../src/start/start.ts";
import { resultOf, runOf } from "./results.ts";

const NODE = "/usr/lib/florenetes/bin/node";
const mapping = (head: string, resident: number, share: number): string =>
  `${head}\nSize:  99999 kB\nRss: ${resident} kB\nPss:   ${share} kB\nPss_Anon:  77777 kB\nVmFlags: rd mr mw me sd\n`;
const smaps = [
  mapping(`00400000-00c3d000 r--p 00000000 fe:00 1234                      ${NODE}`, 8192, 2048),
  mapping(`00c3d000-02f10000 r-xp 0083d000 fe:00 1234                      ${NODE}`, 4096, 1024),
  mapping("20000000-20800000 rw-p 00000000 00:00 0                          [heap]", 5120, 5120),
  mapping("7f0000000000-7f0000100000 rw-p 00000000 00:00 0 ", 10240, 10240),
  mapping("7f0001000000-7f0001100000 rwxp 00000000 00:00 0 ", 1024, 1024),
  mapping("7f0002000000-7f0002100000 r-xp 00000000 fe:00 99                 /lib/a name/libc.so.6", 2048, 512),
  mapping("7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                  [stack]", 1024, 1024),
  mapping("7ffd00100000-7ffd00101000 r-xp 00000000 00:00 0                  [vdso]", 0, 0),
].join("");

test("each mapping of a process belongs to one part", () => {
  const own = { "V8 and buffers": 11, "machine code": 1, "C heap": 5 };
  expect(memoryParts(smaps, "Pss", NODE)).toEqual({ ...own, "Node's file": 3, libraries: 0.5 });
  expect(memoryParts(smaps, "Rss", NODE)).toEqual({ ...own, "Node's file": 12, libraries: 2 });
});

test("the aim is the memory of both processes of a node", () => {
  const met = (megabytes: number) => aimsOf(runOf(resultOf(BOTH, { "MB, all": [megabytes] }, START_PLACE))).map(isMet);
  expect([met(60), met(60.1)]).toEqual([[true], [false]]);
});

test("the table has starts and memory of each program", () => {
  const figures = { "CPU ms until ready": [290, 310, 300], "ms until ready": [400], "MB, all": [30.04] };
  const text = renderRun(runOf({ ...resultOf("link-flor", figures), place: START_PLACE }));
  expect(text).toContain("| link-flor | 300 | 400 | 30.0 | – |");
});
