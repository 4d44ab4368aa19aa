import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { downloadTarget, FolderSource, isRepositoryPath, RepositoryReader } from "../src/index.ts";
import { codeOf, MadeRepository, NODE_PACKAGE, NOW, sha256 } from "./made-repository.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-folder-source-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const never = new AbortController().signal;
const all = { offset: 0, lengthMax: 1_000_000, signal: never };

function written(repository: MadeRepository): string {
  const folder = mkdtempSync(join(base, "repository-"));
  for (const name of ["metadata", "targets"]) mkdirSync(join(folder, name));
  for (const [path, octets] of repository.files) writeFileSync(join(folder, path), octets);
  return folder;
}

async function octetsOf(source: FolderSource, path: string, options = all): Promise<string | undefined> {
  const chunks = await source.read(path, options);
  if (chunks === undefined) return undefined;
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString("utf8");
  return text;
}

test("a reader that knows the first root alone takes what another one has copied", async () => {
  const repository = new MadeRepository();
  repository.publishRoot(repository.operators);
  const source = new FolderSource(written(repository));
  const options = { firstRoot: repository.firstRoot, now: () => NOW };
  const reader = new RepositoryReader({ ...options, folder: join(base, "reader") });
  expect(await codeOf(reader.copyMetadata(join(base, "early")))).toBe("ERR_RELEASE_SOURCE");
  await reader.refresh(source, never);
  const spool = join(base, "spool");
  // Another process copies: it has the folder alone.
  await new RepositoryReader({ ...options, folder: join(base, "reader") }).copyMetadata(join(spool, "metadata"));
  const other = new RepositoryReader({ ...options, folder: join(base, "other") });
  await other.refresh(new FolderSource(spool), never);
  const target = (await other.target(NODE_PACKAGE))!;
  expect(target).toEqual(await reader.target(NODE_PACKAGE));
  const file = join(base, "package.deb");
  expect(await codeOf(downloadTarget(target, new FolderSource(spool), file, { signal: never }))).toBe(
    "ERR_RELEASE_SOURCE",
  );
  await downloadTarget(target, source, file, { signal: never });
});

describe("a folder as a source", () => {
  const repository = new MadeRepository();
  const folder = written(repository);
  const source = new FolderSource(folder);
  const target = `targets/${sha256(Buffer.from("the first package"))}.${NODE_PACKAGE}`;

  test("gives the part that is asked for, and nothing of files that are not there", async () => {
    expect(await octetsOf(source, target)).toBe("the first package");
    expect(await octetsOf(source, target, { ...all, offset: 4, lengthMax: 5 })).toBe("first");
    expect(await octetsOf(source, target, { ...all, offset: 100 })).toBe("");
    expect(await octetsOf(source, "metadata/9.root.json")).toBeUndefined();
    expect(await octetsOf(new FolderSource(join(base, "nothing")), target)).toBeUndefined();
  });

  test.each([
    "metadata/../secret",
    "/etc/passwd",
    "metadata/passwd",
    "metadata/0.root.json",
    `${target}/..`,
    "",
    "a\0b",
  ])("has no file at %j", async (path) => {
    expect(isRepositoryPath(path)).toBe(false);
    expect(await source.read(path, all)).toBeUndefined();
  });

  test("follows no link, and takes regular files alone", async () => {
    const other = mkdtempSync(join(base, "links-"));
    mkdirSync(join(other, "targets"));
    symlinkSync(join(folder, target), join(other, target));
    symlinkSync(join(folder, "metadata"), join(other, "metadata"));
    mkdirSync(join(other, "targets", `${"0".repeat(64)}.${NODE_PACKAGE}`));
    for (const path of [target, "metadata/timestamp.json", `targets/${"0".repeat(64)}.${NODE_PACKAGE}`])
      expect(await codeOf(new FolderSource(other).read(path, all))).toBe("ERR_RELEASE_SOURCE");
  });
});

describe("a download", () => {
  const repository = new MadeRepository();
  const target = {
    name: NODE_PACKAGE,
    length: 17,
    sha256: sha256(Buffer.from("the first package")),
    path: `targets/${sha256(Buffer.from("the first package"))}.${NODE_PACKAGE}`,
  };

  test("asks for nothing that is there, and begins again where there is too much", async () => {
    const file = join(base, "there.deb");
    writeFileSync(file, "the first package");
    const source = repository.source();
    await downloadTarget(target, source, file, { signal: never });
    expect(source.asked).toEqual([]);
    writeFileSync(file, "the first package and more");
    await downloadTarget(target, source, file, { signal: never });
    expect(source.asked).toEqual([target.path]);
  });

  test("says with a code that its file cannot be written", async () => {
    const missing = join(base, "no", "folder", "x.deb");
    expect(await codeOf(downloadTarget(target, repository.source(), missing, { signal: never }))).toBe(
      "ERR_RELEASE_FILE",
    );
    const full = downloadTarget(target, repository.source(), "/dev/full", { signal: never });
    expect(await codeOf(full)).toBe("ERR_RELEASE_FILE");
    const link = join(base, "link.deb");
    symlinkSync("/dev/null", link);
    expect(await codeOf(downloadTarget(target, repository.source(), link, { signal: never }))).toBe("ERR_RELEASE_FILE");
  });
});
