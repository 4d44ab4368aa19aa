/** Distinguished names (RFC 5280, 4.1.2.4): a sequence of sets of attributes, most often of one attribute each. */
import { broken, DerReader, DerTag } from "./der-reader.ts";
import { formatIdentifier } from "./object-identifiers.ts";

export interface NameAttribute {
  /** In dotted form. */
  readonly type: string;
  /** For people: what is no string of a known kind is in hex. */
  readonly text: string;
}

/**
 * Reads a name that `checkDer` has taken. Nobody compares what comes out: equal names have equal octets.
 *
 * @throws IdentityError ERR_IDENTITY_CERTIFICATE_BROKEN
 */
export function readName(der: Uint8Array): NameAttribute[] {
  const attributes: NameAttribute[] = [];
  for (const sets = new DerReader(der).enter(DerTag.sequence, "a name"); sets.peek() !== undefined;) {
    for (const set = sets.enter(DerTag.set, "a part of a name"); set.peek() !== undefined;) {
      const attribute = set.enter(DerTag.sequence, "an attribute");
      const type = formatIdentifier(attribute.readContent(DerTag.identifier, "the type of an attribute"));
      const tag = attribute.peek();
      if (tag === undefined) throw broken("an attribute has no value");
      const text = textOf(tag, attribute.readContent(tag, "the value of an attribute"));
      attribute.finish("an attribute");
      attributes.push({ type, text });
    }
  }
  return attributes;
}

/** Strings of one octet for each character: NumericString, PrintableString, TeletexString, IA5String and VisibleString. */
const ONE_OCTET: ReadonlySet<number> = new Set([0x12, 0x13, 0x14, 0x16, 0x1a]);

function textOf(tag: number, content: Uint8Array): string {
  const octets = Buffer.from(content);
  if (tag === DerTag.utf8String) return octets.toString("utf8");
  if (tag === DerTag.bmpString) return octets.swap16().toString("utf16le");
  return octets.toString(ONE_OCTET.has(tag) ? "latin1" : "hex");
}
