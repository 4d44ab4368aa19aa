import { certificateFacts } from "../certificates/inspection.ts";
import { readCertificatePem } from "../certificates/pem.ts";
import { IdentityError } from "../errors.ts";
import { readTextFile } from "./files.ts";

/** The first URI of the first certificate in a PEM file, as it is shown; undefined when there is none, or none that this user may read. */
export function uriInFile(file: string): string | undefined {
  try {
    const [first] = readCertificatePem(readTextFile(file).text);
    return first && certificateFacts(first).uris[0];
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return undefined;
  }
}
