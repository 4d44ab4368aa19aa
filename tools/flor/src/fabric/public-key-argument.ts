import { statSync } from "node:fs";
import { join } from "node:path";
import { isKeyFolder, KEY_FILES, type PublicKey, readPublicKey, readPublicKeyFile } from "@florenetes/facts/authoring";
import { readTextFile } from "@florenetes/identity/authority";

const HEX = /^\s*([0-9a-fA-F]{64})\s*$/;

/**
 * A public key: a file, a key folder, or `<name>=<hex>`. With a name given, it may be the hex alone, too, also in a file, as an agent writes its own.
 * Throws ERR_FABRIC_PUBLIC_KEY.
 */
export function readPublicKeyArgument(text: string, name?: string): PublicKey {
  if (name !== undefined && HEX.test(text)) return readPublicKey(`${name}=${text}`);
  if (text.includes("=") && statSync(text, { throwIfNoEntry: false }) === undefined) return readPublicKey(text);
  const file = isKeyFolder(text) ? join(text, KEY_FILES.publicKey) : text;
  const [, hex] = name === undefined ? [] : (HEX.exec(readTextFile(file).text) ?? []);
  return hex === undefined ? readPublicKeyFile(file) : readPublicKey(`${name}=${hex}`);
}
