/**
 * Return tokens: by them an answer comes back over the nodes that have passed its letter on. Each of them puts a token in front, which it alone
 * can read: the neighbour that brought the letter. There are always eight of them, the last of which falls out: so nobody sees how far a letter
 * has come, or that its neighbour has written it. The key dies with the process.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { readUint32, writeUint32 } from "@florenetes/wire-values";
import type { Mail } from "../messages.ts";
import { KEY_SIZE, SEAL_SIZE, TOKEN_SIZE, TOKENS_SIZE } from "./limits.ts";

const CIPHER = "chacha20-poly1305";
const NONCE_SIZE = 12;
const NUMBER_SIZE: number = TOKEN_SIZE - NONCE_SIZE - SEAL_SIZE;

type MailName = Pick<Mail, "id" | "end">;

export class ReturnTokens {
  readonly #randomBytes: (size: number) => Uint8Array;
  readonly #key: Uint8Array;

  /** @param randomBytes Secure ones */
  constructor(randomBytes: (size: number) => Uint8Array) {
    this.#randomBytes = randomBytes;
    this.#key = randomBytes(KEY_SIZE);
  }

  /** Tokens that lead nowhere, for a letter of one's own. */
  none(): Uint8Array {
    return this.#randomBytes(TOKENS_SIZE);
  }

  /** Tokens with one more in front: for the neighbour of this number. */
  push(tokens: Uint8Array, neighbour: number, mail: MailName): Uint8Array {
    const nonce = this.#randomBytes(NONCE_SIZE);
    const content = new Uint8Array(NUMBER_SIZE);
    writeUint32(content, 0, neighbour);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: SEAL_SIZE });
    cipher.setAAD(nameOf(mail), { plaintextLength: NUMBER_SIZE });
    const token = [nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat([...token, tokens.subarray(0, TOKENS_SIZE - TOKEN_SIZE)]);
  }

  /** The number of the neighbour in the first token, and the tokens without it; undefined: it is no token of this process for this mail. */
  pop(tokens: Uint8Array, mail: MailName): { readonly neighbour: number; readonly tokens: Uint8Array } | undefined {
    const token = tokens.subarray(0, TOKEN_SIZE);
    const nonce = token.subarray(0, NONCE_SIZE);
    const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: SEAL_SIZE });
    decipher.setAAD(nameOf(mail), { plaintextLength: NUMBER_SIZE });
    decipher.setAuthTag(token.subarray(NONCE_SIZE + NUMBER_SIZE));
    try {
      const sealed = token.subarray(NONCE_SIZE, NONCE_SIZE + NUMBER_SIZE);
      const content = Buffer.concat([decipher.update(sealed), decipher.final()]);
      const rest = Buffer.concat([tokens.subarray(TOKEN_SIZE), this.#randomBytes(TOKEN_SIZE)]);
      return { neighbour: readUint32(content, 0), tokens: rest };
    } catch {
      return undefined;
    }
  }
}

function nameOf({ id, end }: MailName): Uint8Array {
  return Buffer.from(`${id} ${end}`);
}
