import { afterEach, expect, test, vi } from "vitest";
import { flor } from "../run-flor.ts";

afterEach(() => vi.restoreAllMocks());

test("only root prepares a unit", async () => {
  vi.spyOn(process, "geteuid").mockReturnValue(1_000);
  const { code, err } = await flor("unit", "prepare", "example");
  expect(code).toBe(2);
  expect(err).toMatch(/^error: root alone may do this \[ERR_FLOR_PREPARE\]\n.*docs\/operate\/systemd\.md/);
});

test.each(["../etc", "a/b", "-x", "UPPER", ""])("%j is no cluster, whose folders root would change", async (name) => {
  const { code, err } = await flor("unit", "prepare", "--", name);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("[ERR_FLOR_USAGE]") });
});
