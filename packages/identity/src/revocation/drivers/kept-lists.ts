/**
 * The newest list of each issuer in the state folder, so that it binds after a restart, whatever has become of the identity
 * folders:
 *
 *     <SHA-256 of the issuer's key>-<number>.pem      SHA-256 <of all that follows>
 *                                                     the list, and the CA certificates between it and its root
 *
 * The name tells which list a damaged file held. The sum tells a damaged file from one whose CA is not trusted.
 */
import { mkdir, open, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, unreadable, writeFailed } from "../../drivers/system-errors.ts";
import { IdentityError } from "../../errors.ts";
import { LIST_FILE_SIZE_MAX } from "../../limits.ts";
import type { FoundList } from "../list-file.ts";
import { readFileAt, sumOf } from "./crl-file.ts";

export interface KeptFile {
  readonly path: string;
  /** The issuer, by the hash that `CertificateId.issuer` holds. */
  readonly issuer: string;
  readonly number: bigint;
  /** A file of revocation lists as it was written; undefined when it is damaged. */
  readonly text: Uint8Array | undefined;
}

const namePattern = /^([0-9a-f]{64})-(\d{1,49})\.pem$/;
const sumPattern = /^SHA-256 ([0-9a-f]{64})\n/;
const HEAD_SIZE_MAX = 128;

export class KeptLists {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** All kept files; an empty list when there is no folder. Throws ERR_IDENTITY_FILE_UNREADABLE when the folder cannot be read. */
  async read(): Promise<KeptFile[]> {
    const files: KeptFile[] = [];
    for (const { path, issuer, number } of await this.#find()) {
      files.push({ path, issuer, number, text: await readWhole(path) });
    }
    return files;
  }

  /** Replaces the issuer's older lists by this one, whole or not at all. Throws ERR_IDENTITY_WRITE_FAILED. */
  async keep(list: FoundList): Promise<void> {
    const path = join(this.#folder, `${list.issuer}-${list.number}.pem`);
    const temporary = join(this.#folder, `.${list.issuer}.new`);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFlushed(temporary, `SHA-256 ${await sumOf(list.text)}\n`, list.text);
      await rename(temporary, path);
      await flushFolder(this.#folder);
      for (const each of await this.#find()) {
        if (each.issuer === list.issuer && each.number < list.number) await unlink(each.path);
      }
    } catch (error) {
      await unlink(temporary).catch(() => undefined);
      throw writeFailed(path, error, "cannot keep a revocation list");
    }
  }

  async #find(): Promise<{ readonly path: string; readonly issuer: string; readonly number: bigint }[]> {
    try {
      const names = await readdir(this.#folder);
      return names.sort().flatMap((name) => {
        const [, issuer, number] = namePattern.exec(name) ?? [];
        return issuer === undefined ? [] : [{ path: join(this.#folder, name), issuer, number: BigInt(number!) }];
      });
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw unreadable(this.#folder, codeOf(error));
    }
  }
}

/** Returns the content after the sum; undefined when sum and content do not match, or the file cannot be read. */
async function readWhole(path: string): Promise<Uint8Array | undefined> {
  try {
    const whole = (await readFileAt(path, LIST_FILE_SIZE_MAX + HEAD_SIZE_MAX))?.text;
    const head = sumPattern.exec(Buffer.from(whole?.subarray(0, HEAD_SIZE_MAX) ?? []).toString("latin1"));
    const text = head === null ? undefined : whole!.subarray(head[0].length);
    return text !== undefined && (await sumOf(text)) === head![1] ? text : undefined;
  } catch (error) {
    if (error instanceof IdentityError) return undefined;
    throw error;
  }
}

async function writeFlushed(path: string, ...parts: readonly (string | Uint8Array)[]): Promise<void> {
  await using file = await open(path, "w", 0o600);
  for (const part of parts) await file.writeFile(part);
  await file.sync();
}

async function flushFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
