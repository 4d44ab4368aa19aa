import { expect, test } from "vitest";
import { runSystem } from "../../src/drivers/system.ts";

test("a program tells its code and what it has printed", async () => {
  expect(await runSystem(["sh", "-c", "echo out; echo err >&2; exit 3"])).toEqual({ code: 3, output: "out\nerr\n" });
});

test("a program that hangs is killed with those that it has started, though these keep its output open", async () => {
  const { code } = await runSystem(["sh", "-c", "sleep 600 & sleep 600"], 200);
  expect(code).toBeNull();
});

test("a program that is not there has no code", async () => {
  expect(await runSystem(["/nonexistent/program"])).toMatchObject({ code: null });
});
