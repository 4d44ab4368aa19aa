import { statSync } from "node:fs";
import { join } from "node:path";
import { isKeyFolder, KEY_FILES, type PublicKey, readPublicKey, readPublicKeyFile } from "@florenetes/facts/authoring";

const HEX = /^[0-9a-fA-F]{64}$/;

/** A public key: a file, a key folder, or `<name>=<hex>`. With a name given, the hex alone. Throws ERR_FABRIC_PUBLIC_KEY. */
export function readPublicKeyArgument(text: string, name?: string): PublicKey {
  if (name !== undefined && HEX.test(text)) return readPublicKey(`${name}=${text}`);
  if (text.includes("=") && statSync(text, { throwIfNoEntry: false }) === undefined) return readPublicKey(text);
  return readPublicKeyFile(isKeyFolder(text) ? join(text, KEY_FILES.publicKey) : text);
}
