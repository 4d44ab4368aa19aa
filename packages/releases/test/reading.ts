/** A reader of a test's repository, which goes on after an attack. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { RepositoryReader } from "../src/index.ts";
import { codeOf, MadeRepository, NODE_PACKAGE, NOW } from "./made-repository.ts";

export const never: AbortSignal = new AbortController().signal;
export const SECOND: Buffer = Buffer.from("the second package");

let base = "";

/** A folder for the readers of a test file, which is taken away afterwards. */
export function useFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-attacks-"));
  beforeAll(() => void (base = folder));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export class Reading {
  readonly folder = mkdtempSync(join(base, "reader-"));
  readonly repository: MadeRepository;
  now = NOW;
  reader: RepositoryReader;

  constructor(repository: MadeRepository) {
    this.repository = repository;
    this.reader = this.open();
  }

  /** Begins as a process does that starts again. */
  open(): RepositoryReader {
    this.reader = new RepositoryReader({
      folder: this.folder,
      firstRoot: this.repository.firstRoot,
      now: () => this.now,
    });
    return this.reader;
  }

  refresh(source = this.repository.source()): Promise<string | undefined> {
    return codeOf(this.reader.refresh(source, never));
  }

  trusted(): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.folder, "trusted.json"), "utf8")) as Record<string, unknown>;
  }
}

export async function begin(): Promise<{ readonly repository: MadeRepository; readonly reading: Reading }> {
  const repository = new MadeRepository();
  const reading = new Reading(repository);
  expect(await reading.refresh()).toBeUndefined();
  return { repository, reading };
}

/** The good source is taken after all, with what is new in it. */
export async function expectGoesOn({ repository, reading }: Awaited<ReturnType<typeof begin>>): Promise<void> {
  repository.publishTargets([[NODE_PACKAGE, SECOND]]);
  expect(await reading.refresh()).toBeUndefined();
  expect(await reading.reader.target(NODE_PACKAGE)).toMatchObject({ length: SECOND.length });
}
