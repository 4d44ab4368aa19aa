import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { keyIdOf, type Signer } from "@florenetes/facts";
import { OperatorError } from "@florenetes/operator-text";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import { type OperatorFault, operatorFault } from "./operator-fault.ts";

/** The key by which a node says what it is and where: its `node` record names it, and its `announce` records are signed by it. */
export interface NodeKey extends Signer {
  /** The raw Ed25519 public key: 32 octets in lower-case hex. */
  readonly key: string;
}

const PRIVATE_FILE = "node-key.pem";
const PUBLIC_FILE = "node-key.pub";
/** PKCS #8 in PEM of an Ed25519 key has 119 octets: whatever is much larger is none. */
const KEY_FILE_SIZE_MAX = 4_096;

/**
 * Reads the node's key in the state folder, and makes it where there is none. The public half lies beside it, in hex.
 *
 * @throws OperatorError `ERR_FABRIC_KEY`
 */
export function openNodeKey(state: string): NodeKey {
  const file = join(state, PRIVATE_FILE);
  return orRefuse(file, () => {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    const held = readKey(file) ?? makeKey(file);
    showKey(join(state, PUBLIC_FILE), held);
    return held;
  });
}

/** Finds what keeps the key in a state folder from being used; undefined when nothing does, or there is none yet. Changes nothing. */
export function checkNodeKey(state: string): OperatorFault | undefined {
  const file = join(state, PRIVATE_FILE);
  return operatorFault(() => orRefuse(file, () => readKey(file)));
}

/** The public half is for people: a disk that is full or may not be written keeps no node from its work. */
function showKey(file: string, { key }: NodeKey): void {
  try {
    writeFileSync(file, `${key}\n`, { mode: 0o644 });
  } catch {
    // Status shows the key, too.
  }
}

function readKey(file: string): NodeKey | undefined {
  const text = readPrivate(file);
  if (text === undefined) return undefined;
  return nodeKeyOf(createPrivateKey(text), file);
}

/** Two processes that start at once end up with one key: the one that comes second takes that of the first. */
function makeKey(file: string): NodeKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const draft = `${file}.${process.pid}.draft`;
  const handle = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(handle, privateKey.export({ type: "pkcs8", format: "pem" }));
    fsyncSync(handle);
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    closeSync(handle);
    rmSync(draft, { force: true });
  }
  return readKey(file)!;
}

/** The text of a file that only its owner may use; undefined when there is no file. */
function readPrivate(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { mode, size } = fstatSync(handle);
    if ((mode & 0o077) !== 0) throw keyError(file, `it has mode 0${(mode & 0o777).toString(8)}: others may use it`);
    if (size > KEY_FILE_SIZE_MAX) throw keyError(file, `it has ${size} bytes, which no key has`);
    return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
}

function nodeKeyOf(privateKey: KeyObject, file: string): NodeKey {
  if (privateKey.asymmetricKeyType !== "ed25519") throw keyError(file, "it is no Ed25519 key");
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  const key = Buffer.from(x!, "base64url").toString("hex");
  return { key, keyId: keyIdOf(key), sign: (octets) => sign(null, octets, privateKey) };
}

function orRefuse<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw keyError(file, (error as Error).message, error);
  }
}

function keyError(file: string, message: string, cause?: unknown): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_KEY";
  const advice = "Let the process's user own it, with mode 0600; or move it away, and have the new key approved.";
  return new OperatorError(code, `the node's key cannot be used: ${message}`, { advice, where: { file }, cause });
}
