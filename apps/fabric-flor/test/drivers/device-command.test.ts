/** Real commands that say what a device is like, most of which do it badly. */
import type { DeviceProfile } from "@florenetes/facts";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { UNKNOWN_DEVICE } from "../../src/agent/device/device-facts.ts";
import { DeviceCommand } from "../../src/drivers/device-command.ts";

const PATIENCE = { timeout: 20_000, interval: 20 };
const GOOD = `echo '{"battery":57,"charging":true,"network":"wifi","metered":false,"foreground":true}'`;
const DEVICE: DeviceProfile = { battery: 57, charging: true, network: "wifi", metered: false, foreground: true };

const root = mkdtempSync(join(tmpdir(), "florenetes-device-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A command that runs, and the log of it. */
class TestedCommand {
  readonly folder = mkdtempSync(join(root, "c"));
  readonly logged: { readonly code: string; readonly text: string }[] = [];
  readonly command: DeviceCommand;
  facts: DeviceProfile | undefined;

  /** @param script For a shell, which has `$F` as the file of ids of processes. */
  constructor(script: string, command = ["/bin/sh", "-c", `F=${this.folder}/ids; ${script}`]) {
    const note = ({ code }: { readonly code: string }, text: string): void => void this.logged.push({ code, text });
    const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
    this.command = new DeviceCommand({ command, time: nodeTime, log, onFacts: (facts) => (this.facts = facts) });
    onTestFinished(() => this.command[Symbol.asyncDispose]());
    this.command.start();
  }

  get source() {
    return this.command.source;
  }

  /** Ids of processes that the script has written. */
  get ids(): readonly number[] {
    const file = join(this.folder, "ids");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(Number) : [];
  }

  async untilFault(fault: RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.source.fault).toMatch(fault), PATIENCE);
    expect(this.facts).toEqual(UNKNOWN_DEVICE);
  }
}

const isAlive = (id: number): boolean => {
  try {
    process.kill(id, 0);
    // A process that has ended stays in the table until whoever has it now asks for it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, "utf8"));
  } catch {
    return false;
  }
};

async function untilGone(ids: readonly number[]): Promise<void> {
  expect(ids.length).toBeGreaterThan(0);
  await vi.waitFor(() => expect(ids.filter(isAlive)).toEqual([]), PATIENCE);
}

test("a command says what the device is like, and ends with whoever has started it", async () => {
  const tested = new TestedCommand(`echo $$ >$F; ${GOOD}; exec sleep 1000`);
  await vi.waitFor(() => expect(tested.facts).toEqual(DEVICE), PATIENCE);
  const { ids } = tested;
  expect(ids.filter(isAlive)).toEqual(ids);
  await tested.command[Symbol.asyncDispose]();
  await untilGone(ids);
  expect(tested.logged).toEqual([]);
});

test("a command that ignores that it is to end is killed with what it has started", async () => {
  const tested = new TestedCommand(
    `trap '' TERM; sleep 1000 & echo $! >$F; echo $$ >>$F; ${GOOD}; while :; do sleep 1; done`,
  );
  await vi.waitFor(() => expect(tested.facts).toEqual(DEVICE), PATIENCE);
  const { ids } = tested;
  expect(ids.length).toBe(2);
  const beganAt = performance.now();
  await tested.command[Symbol.asyncDispose]();
  expect(performance.now() - beganAt).toBeGreaterThan(1_900);
  await untilGone(ids);
});

test("what a command leaves behind is killed when it has ended, and it is started again", async () => {
  const tested = new TestedCommand(`sleep 1000 & echo $! >>$F; ${GOOD}; exit 3`);
  await tested.untilFault(/^has ended \(exit code 3\)$/);
  await untilGone(tested.ids);
  await vi.waitFor(() => expect(tested.source.starts).toBeGreaterThan(1), PATIENCE);
  await vi.waitFor(() => expect(tested.logged.map(({ code }) => code)).toContain("DEVICE_SOURCE_BACK"), PATIENCE);
  expect(tested.logged[0]).toEqual({
    code: "DEVICE_SOURCE_DEAD",
    text: "the source of what this device is like has ended (exit code 3)",
  });
});

test.each([
  ["/no/such/program", /^cannot be started \(ENOENT\)$/],
  ["/etc/passwd", /^cannot be started \(EACCES\)$/],
])("a program that cannot be run (%s) is tried again", async (program, fault) => {
  const tested = new TestedCommand("", [program]);
  await tested.untilFault(fault);
  await vi.waitFor(() => expect(tested.source.starts).toBe(2), PATIENCE);
});

test("arguments beyond what the system takes are told as well", async () => {
  const tested = new TestedCommand("", ["/bin/true", "x".repeat(4_194_304)]);
  await tested.untilFault(/^cannot be started \(E2BIG\)$/);
});

test.each([
  ["a gigabyte without a line", `${GOOD}; echo $$ >>$F; exec head -c 1000000000 /dev/zero`],
  ["line ends without end", `${GOOD}; echo $$ >>$F; exec yes ''`],
  ["errors without end", `${GOOD}; echo $$ >>$F; yes 'it does not work' >&2`],
])("a command that prints %s is ended soon", async (_, script) => {
  const tested = new TestedCommand(script);
  await tested.untilFault(/^has printed /);
  await untilGone(tested.ids.slice(0, 1));
  expect(tested.logged.length).toBeLessThan(20);
});

test("a command that closes its output and lives on is ended", async () => {
  const tested = new TestedCommand(`echo $$ >>$F; ${GOOD}; exec >&-; exec sleep 1000`);
  await tested.untilFault(/^has closed its output$/);
  await untilGone(tested.ids.slice(0, 1));
});

test("a command that hangs is unknown, and no fault yet", async () => {
  const tested = new TestedCommand("echo $$ >$F; exec sleep 1000");
  await vi.waitFor(() => expect(tested.ids.length).toBe(1), PATIENCE);
  expect([tested.facts, tested.source.fault]).toEqual([UNKNOWN_DEVICE, undefined]);
});

test("standard error is in the log, a few lines of it, without what a terminal would obey", async () => {
  const tested = new TestedCommand(
    String.raw`printf '\033[31mno battery\n' >&2; head -c 2000 /dev/zero | tr '\0' x >&2; echo >&2; i=0; while [ $i -lt 100 ]; do echo again >&2; i=$((i+1)); done; ${GOOD}; exec sleep 1000`,
  );
  await vi.waitFor(() => expect(tested.facts).toEqual(DEVICE), PATIENCE);
  await vi.waitFor(() => expect(tested.logged.length).toBe(5), PATIENCE);
  const [first, second] = tested.logged;
  expect(first).toEqual({ code: "DEVICE_SOURCE_SAYS", text: String.raw`\u{1b}[31mno battery` });
  expect(second!.text.length).toBe(256);
});
