import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, describe, expect, test } from "vitest";
import { readPassphrase } from "../src/passphrase.ts";
import { askYes, type Terminal } from "../src/terminal.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-passphrase-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const file = join(base, "passphrase");
const ask = { what: "the bundle", option: "--passphrase-file", file: undefined, isNew: false } as const;

/** A terminal at which somebody types; `said` is the text that it shows. */
function terminalWith(...typed: readonly (string | Buffer)[]) {
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode: (isRaw: boolean) => void (input.isRaw = isRaw),
  });
  const output = new PassThrough();
  for (const chunk of typed) input.write(chunk);
  const terminal = { input, output } as unknown as Terminal;
  return { terminal, input, said: () => String(output.read() ?? "") };
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error as { code: string }).code,
  );

describe("a passphrase that is typed", () => {
  test.each([
    ["as it is", ["correct horse\r"], "correct horse"],
    ["in pieces, with a letter that came in two", ["caf", Buffer.of(0xc3), Buffer.of(0xa9), "\n"], "caf\u00E9"],
    ["with mistakes mended", ["nonsense\u0015correk\u007Fct\r"], "correct"],
  ])("is taken %s, and not shown", async (_, typed, expected) => {
    const { terminal, input, said } = terminalWith(...typed);
    expect(await readPassphrase(ask, terminal)).toBe(expected);
    expect(said()).toBe("Passphrase of the bundle: \n");
    expect(input.isRaw).toBe(false);
  });

  test("is asked for when the terminal shows nothing any more", async () => {
    const { terminal, input } = terminalWith("abc\r");
    const wasRaw: boolean[] = [];
    terminal.output.write = () => {
      wasRaw.push(input.isRaw);
      return true;
    };
    await readPassphrase(ask, terminal);
    expect(wasRaw).toEqual([true, false]);
  });

  test("is asked for twice when it is new, also when both come at once", async () => {
    const { terminal, said } = terminalWith("abc\rabc\r");
    expect(await readPassphrase({ ...ask, isNew: true }, terminal)).toBe("abc");
    expect(said()).toBe("New passphrase of the bundle: \nThe same once more: \n");
    const differ = readPassphrase({ ...ask, isNew: true }, terminalWith("abc\rabd\r").terminal);
    expect(await codeOf(differ)).toBe("ERR_FLOR_PASSPHRASE_TWICE");
  });

  test.each([
    ["\r", "ERR_IDENTITY_PASSPHRASE"],
    ["abc\u0003", "ERR_FLOR_CANCELLED"],
    ["\u0004", "ERR_FLOR_CANCELLED"],
  ])("is refused: %j", async (typed, code) => {
    const { terminal, input } = terminalWith(typed);
    expect(await codeOf(readPassphrase({ ...ask, isNew: true }, terminal))).toBe(code);
    expect(input.isRaw).toBe(false);
  });

  test("needs a terminal", async () => {
    const { terminal, input } = terminalWith();
    input.isTTY = false;
    await expect(readPassphrase(ask, terminal)).rejects.toMatchObject({
      code: "ERR_FLOR_NO_TERMINAL",
      message: expect.stringContaining("--passphrase-file") as unknown,
    });
  });
});

describe("a passphrase in a file", () => {
  const write = (text: string, mode = 0o600): void => {
    rmSync(file, { force: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  };

  test.each(["correct horse", "correct horse\n", "correct horse\r\n"])("is its line: %j", async (text) => {
    write(text);
    expect(await readPassphrase({ ...ask, file })).toBe("correct horse");
  });

  test.each([
    ["", 0o600, "ERR_IDENTITY_PASSPHRASE"],
    ["\n", 0o600, "ERR_IDENTITY_PASSPHRASE"],
    ["x".repeat(1025), 0o600, "ERR_IDENTITY_PASSPHRASE"],
    ["x".repeat(100_000), 0o600, "ERR_FLOR_PASSPHRASE_FILE"],
    ["one\ntwo\n", 0o600, "ERR_FLOR_PASSPHRASE_FILE"],
    ["one", 0o640, "ERR_FLOR_PASSPHRASE_FILE"],
    ["one", 0o604, "ERR_FLOR_PASSPHRASE_FILE"],
  ])("is refused: %#", async (text, mode, code) => {
    write(text, mode);
    expect(await codeOf(readPassphrase({ ...ask, file }))).toBe(code);
  });

  test("has to be a file that is there", async () => {
    expect(await codeOf(readPassphrase({ ...ask, file: join(base, "nothing") }))).toBe("ERR_FLOR_PASSPHRASE_FILE");
    expect(await codeOf(readPassphrase({ ...ask, file: base }))).toBe("ERR_FLOR_PASSPHRASE_FILE");
  });

  test("may come by standard input, a line for each question", () => {
    const program = `
      import { readPassphrase } from ${JSON.stringify(new URL("../src/passphrase.ts", import.meta.url).href)};
      const ask = { what: "it", option: "--passphrase-file", file: "-", isNew: true };
      console.log(JSON.stringify([await readPassphrase(ask), await readPassphrase(ask)]));`;
    const args = ["--conditions=@florenetes/source", "--input-type=module", "-e", program];
    expect(spawnSync(process.execPath, args, { input: "one\ntwo\nthree\n", encoding: "utf8" }).stdout).toBe(
      '["one","two"]\n',
    );
  });
});

describe("a question", () => {
  test("is answered by yes alone", async () => {
    await askYes("Sure?", terminalWith("yes\n").terminal);
    for (const answer of ["y\n", "no\n", "\n"]) {
      expect(await codeOf(askYes("Sure?", terminalWith(answer).terminal))).toBe("ERR_FLOR_CANCELLED");
    }
    const gone = terminalWith();
    gone.input.end();
    expect(await codeOf(askYes("Sure?", gone.terminal))).toBe("ERR_FLOR_CANCELLED");
  });
});
