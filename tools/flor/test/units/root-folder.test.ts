import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unitFolderAdvice } from "../../src/units/root-folder.ts";

test.skipIf(process.getuid!() !== 0)("what root has made for a unit's user is said, and nothing else", () => {
  const configs = mkdtempSync(join(tmpdir(), "florenetes-configs-"));
  try {
    const folder = join(configs, "example", "service", "web");
    mkdirSync(folder, { recursive: true });
    expect(unitFolderAdvice(folder, configs)).toMatch(/web belongs to root, .*: flor unit prepare example$/);
    expect(unitFolderAdvice(join(configs, "example", "not-there"), configs)).toBeUndefined();
    for (const other of [configs, join(configs, "example"), tmpdir(), join(configs, "..", "x", "y")])
      expect(unitFolderAdvice(other, configs)).toBeUndefined();
    chownSync(folder, 1, 1);
    expect(unitFolderAdvice(folder, configs)).toBeUndefined();
  } finally {
    rmSync(configs, { recursive: true });
  }
});
