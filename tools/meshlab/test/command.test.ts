import { afterEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "../src/command.ts";

describe("a command of the system", () => {
  afterEach(() => void vi.unstubAllEnvs());

  it("is given its input, and returns what it has printed", async () => {
    expect(await runCommand(["cat"], "some text")).toBe("some text");
  });

  it("that fails is an error with what it said", async () => {
    const failed = runCommand(["sh", "-c", "echo no such wire >&2; exit 3"]);
    await expect(failed).rejects.toMatchObject({
      code: "ERR_LAB_COMMAND",
      message: expect.stringContaining("ended with 3: no such wire") as unknown,
    });
  });

  it("that is not there is an error, and one of its own for ip", async () => {
    vi.stubEnv("PATH", "/nowhere");
    await expect(runCommand(["ip", "netns"])).rejects.toMatchObject({ code: "ERR_LAB_NO_IPROUTE" });
    await expect(runCommand(["no-such-program"])).rejects.toMatchObject({ code: "ERR_LAB_COMMAND" });
  });
});
