/**
 * The newest list of each issuer in the state folder, so that it binds after a restart whatever has become of the identity
 * folders. A file's name says whose list it is and its number: what would be lost is known even when the content is damaged.
 */
import { mkdir, open, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { IdentityError } from "../../errors.ts";
import type { FoundList } from "../list-file.ts";

export interface KeptName {
  readonly path: string;
  /** As in `CertificateId`. */
  readonly issuer: string;
  readonly number: bigint;
}

const namePattern = /^([0-9a-f]{64})-(\d{1,49})\.pem$/;

/** The files of the folder; none when there is no folder. Throws ERR_IDENTITY_FILE_UNREADABLE. */
export async function findKept(folder: string): Promise<KeptName[]> {
  try {
    const names = await readdir(folder);
    return names.sort().flatMap((name) => {
      const [, issuer, number] = namePattern.exec(name) ?? [];
      return issuer === undefined ? [] : [{ path: join(folder, name), issuer, number: BigInt(number!) }];
    });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw new IdentityError("ERR_IDENTITY_FILE_UNREADABLE", `cannot read it: ${codeOf(error)}`, {
      where: { file: folder },
    });
  }
}

/** Puts a list in the place of the issuer's older ones, whole or not at all. Throws ERR_IDENTITY_WRITE_FAILED. */
export async function keepList(folder: string, list: FoundList): Promise<void> {
  const name = `${list.issuer}-${list.number}.pem`;
  const temporary = join(folder, `.${list.issuer}.new`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFlushed(temporary, list.text);
    await rename(temporary, join(folder, name));
    await syncFolder(folder);
    for (const kept of await findKept(folder)) {
      if (kept.issuer === list.issuer && kept.number < list.number) await unlink(kept.path);
    }
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw new IdentityError("ERR_IDENTITY_WRITE_FAILED", `cannot keep a revocation list: ${codeOf(error)}`, {
      where: { file: join(folder, name) },
      cause: error,
    });
  }
}

async function writeFlushed(path: string, text: Uint8Array): Promise<void> {
  await using file = await open(path, "w", 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
