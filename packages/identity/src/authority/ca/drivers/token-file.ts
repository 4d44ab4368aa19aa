/** `tokens.json` of a CA folder: the tokens by which nodes may ask for their first certificate, until they end. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTextFile, replaceFile } from "../../../drivers/files.ts";
import { IdentityError } from "../../../errors.ts";
import { TOKENS_MAX } from "../../../limits.ts";
import { readTime } from "../record.ts";
import type { RecordedToken } from "../recorded-token.ts";
import { withFolderLock } from "./folder-lock.ts";

const TOKEN_FILE = "tokens.json";

/**
 * Adds a token to a CA folder, which needs no key for it, and forgets those that have ended. Throws ERR_IDENTITY_TOKENS when there are
 * too many, or the file is broken; ERR_IDENTITY_CA_BUSY or _WRITE_FAILED.
 */
export function addToken(folder: string, token: RecordedToken, at: Date): void {
  withFolderLock(folder, () => {
    const tokens = readTokens(folder).filter(({ expiresAt }) => expiresAt > at);
    if (tokens.length >= TOKENS_MAX) {
      throw tokenError(folder, `there are ${tokens.length} tokens already that have not ended`);
    }
    const text = JSON.stringify([...tokens, token], undefined, 1);
    replaceFile(join(folder, TOKEN_FILE), `${text}\n`, 0o600);
  });
}

/** The tokens of a CA folder, those that have ended of late included. Throws ERR_IDENTITY_TOKENS or _FILE_UNREADABLE. */
export function readTokens(folder: string): RecordedToken[] {
  const file = join(folder, TOKEN_FILE);
  if (!existsSync(file)) return [];
  const tokens = readAll(readTextFile(file).text);
  if (tokens !== undefined) return tokens;
  throw tokenError(folder, "it is damaged, or was written by a later version of this program");
}

/** Undefined: the text is no list of tokens. */
function readAll(text: string): RecordedToken[] | undefined {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(found)) return undefined;
  const tokens = found.map(readOne);
  return tokens.every((token) => token !== undefined) ? tokens : undefined;
}

function readOne(value: unknown): RecordedToken | undefined {
  const { id, principal, madeAt, expiresAt } = Object(value) as Readonly<Record<string, unknown>>;
  if (typeof id !== "string" || typeof principal !== "string") return undefined;
  const [made, end] = [readTime(madeAt), readTime(expiresAt)];
  return made && end && { id, principal, madeAt: made, expiresAt: end };
}

function tokenError(folder: string, message: string): IdentityError {
  return new IdentityError("ERR_IDENTITY_TOKENS", message, { where: { file: join(folder, TOKEN_FILE) } });
}
