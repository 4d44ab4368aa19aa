import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { EventFields, Logger } from "../src/logs/logger.ts";
import { checkSecretsFile, openSecretsFile } from "../src/process/secrets-file.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const isRoot = process.geteuid!() === 0;
const logged: EventFields[] = [];
const tell = (event: EventFields): void => void logged.push(event);
const log: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => log };
let file: string;
let next = 0;

beforeEach(() => {
  file = join(folder, String(next++));
  logged.length = 0;
});

const open = (): ReturnType<typeof openSecretsFile> => openSecretsFile(log, { SSLKEYLOGFILE: file });

test.each([{}, { SSLKEYLOGFILE: "" }])("without the variable nothing is written: %j", (environment) => {
  expect(openSecretsFile(log, environment)).toBeUndefined();
  expect(checkSecretsFile(environment)).toEqual({ problems: [], warnings: [] });
  expect(logged).toEqual([]);
});

test("a file that is not there is made for its owner alone, and both the log and `check` warn of it", () => {
  expect(checkSecretsFile({ SSLKEYLOGFILE: file })).toMatchObject({
    problems: [],
    warnings: [{ code: "ERR_SECRETS_WRITTEN", where: { file } }],
  });
  const umask = process.umask(0);
  const secrets = open()!;
  process.umask(umask);
  expect(secrets.path).toBe(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(logged).toMatchObject([{ code: "SECRETS_WRITTEN", file }]);
});

test("lines come behind those that are there, also those of another process", () => {
  writeFileSync(file, "before\n", { mode: 0o600 });
  using one = open()!;
  using other = open()!;
  one.write(Buffer.from("one\n"));
  other.write(Buffer.from("other\n"));
  one.write(Buffer.from("one again\n"));
  expect(readFileSync(file, "utf8")).toBe("before\none\nother\none again\n");
});

test("what cannot be written ends the writing, and is said once", () => {
  // A limit keeps the process from files of this size: Node ignores SIGXFSZ, and the call fails.
  const script = `
    import { openSecretsFile } from ${JSON.stringify(new URL("../src/process/secrets-file.ts", import.meta.url).href)};
    const codes = [];
    const tell = (event) => codes.push(event.code);
    const secrets = openSecretsFile({ warn: tell, error: tell });
    for (let i = 0; i < 3; i++) secrets.write(Buffer.alloc(4096));
    console.log(JSON.stringify([codes, secrets.path]));`;
  const arguments_ = ["--conditions=@florenetes/source", "--input-type=module-typescript", "--eval", script];
  const command = `ulimit -f 4; exec "$0" "$@"`;
  const environment = { ...process.env, SSLKEYLOGFILE: file };
  const told = execFileSync("bash", ["-c", command, process.execPath, ...arguments_], { env: environment });
  expect(JSON.parse(told.toString())).toEqual([["SECRETS_WRITTEN", "SECRETS_NOT_WRITTEN"], null]);
});

describe("refused", () => {
  test.each<[string, () => void, string]>([
    ["a symbolic link", () => symlinkSync(join(folder, "elsewhere"), file), "it is a symbolic link"],
    ["a folder", () => mkdirSync(file), "it is no file"],
    ["a FIFO", () => void execFileSync("mkfifo", ["-m", "600", file]), "it is no file"],
    ["a file that others may read", () => writeOpen(0o604), "others than its owner may use it"],
    ["a file that the group may write", () => writeOpen(0o620), "others than its owner may use it"],
    ["a file in no folder", () => void (file = join(file, "keys")), "it may not be written"],
  ])("%s", (_, make, fault) => {
    make();
    const refusal = { code: "ERR_SECRETS_FILE", where: { file }, message: expect.stringContaining(fault) as string };
    expect(open).toThrow(expect.objectContaining(refusal));
    expect(checkSecretsFile({ SSLKEYLOGFILE: file })).toMatchObject({ problems: [refusal], warnings: [] });
    expect(logged).toEqual([]);
  });

  test.skipIf(!isRoot)("a file of another user", () => {
    writeFileSync(file, "", { mode: 0o600 });
    execFileSync("chown", ["65534", file]);
    expect(open).toThrow(expect.objectContaining({ code: "ERR_SECRETS_FILE" }));
    expect(checkSecretsFile({ SSLKEYLOGFILE: file }).problems).toHaveLength(1);
    expect(readFileSync(file, "utf8")).toBe("");
  });

  function writeOpen(mode: number): void {
    writeFileSync(file, "");
    chmodSync(file, mode);
  }
});
