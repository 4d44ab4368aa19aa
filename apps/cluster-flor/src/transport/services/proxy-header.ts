import { writeUint16 } from "@florenetes/wire-values";

const signature = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const VERSION_2_PROXY = 0x21;
const AF_UNSPEC = 0;
/** The first type of those that are free for applications. */
const PRINCIPAL_TYPE = 0xe0;
const FIELDS_AT = signature.length + 4;
const PRINCIPAL_AT = FIELDS_AT + 3;

/**
 * The header of the PROXY protocol, version 2 (HAProxy's proxy-protocol.txt), by which a target learns the caller's principal. No
 * address would mean anything to the target: the family is AF_UNSPEC, and a field of type 0xE0 holds the principal.
 *
 * @param principal As `user/alice`, in ASCII.
 */
export function proxyHeader(principal: string): Uint8Array {
  const header = new Uint8Array(PRINCIPAL_AT + principal.length);
  header.set(signature);
  header[signature.length] = VERSION_2_PROXY;
  header[signature.length + 1] = AF_UNSPEC;
  writeUint16(header, FIELDS_AT - 2, header.length - FIELDS_AT);
  header[FIELDS_AT] = PRINCIPAL_TYPE;
  writeUint16(header, FIELDS_AT + 1, principal.length);
  header.set(Buffer.from(principal, "latin1"), PRINCIPAL_AT);
  return header;
}
