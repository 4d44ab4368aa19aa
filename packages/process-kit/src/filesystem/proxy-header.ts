/** The header of the PROXY protocol, version 2, by which a cluster vertex says who has connected (docs/operate/configuration.md, "A service"). */
const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const VERSION_2_PROXY = 0x21;
const AF_UNSPEC = 0;
const PRINCIPAL_TYPE = 0xe0;
const FIXED_SIZE = SIGNATURE.length + 4;
const FIELD_HEAD_SIZE = 3;
/** Octets of fields: a principal is shorter. */
const FIELDS_SIZE_MAX = 1_024;

export interface ProxyHeader {
  /** The caller, as `user/alice`. */
  readonly principal: string;
  /** Octets of the header. */
  readonly size: number;
}

/** Reads the header at the beginning of a connection. `more`: it is not there wholly. `wrong`: these octets begin anything else. */
export function readProxyHeader(octets: Buffer): ProxyHeader | "more" | "wrong" {
  const begun = Math.min(octets.length, SIGNATURE.length);
  if (!octets.subarray(0, begun).equals(SIGNATURE.subarray(0, begun))) return "wrong";
  if (octets.length < FIXED_SIZE) return "more";
  const fieldsSize = octets.readUInt16BE(FIXED_SIZE - 2);
  const isOurs = octets[SIGNATURE.length] === VERSION_2_PROXY && octets[SIGNATURE.length + 1] === AF_UNSPEC;
  if (!isOurs || fieldsSize > FIELDS_SIZE_MAX) return "wrong";
  const size = FIXED_SIZE + fieldsSize;
  if (octets.length < size) return "more";
  const principal = principalIn(octets.subarray(FIXED_SIZE, size));
  return principal === undefined ? "wrong" : { principal, size };
}

/** The principal among the fields; undefined: there is none, or more than one, or a length lies. */
function principalIn(fields: Buffer): string | undefined {
  let principal: string | undefined;
  for (let at = 0; at < fields.length;) {
    if (fields.length - at < FIELD_HEAD_SIZE) return undefined;
    const end = at + FIELD_HEAD_SIZE + fields.readUInt16BE(at + 1);
    if (end > fields.length) return undefined;
    if (fields[at] === PRINCIPAL_TYPE) {
      if (principal !== undefined) return undefined;
      principal = fields.toString("latin1", at + FIELD_HEAD_SIZE, end);
    }
    at = end;
  }
  return principal;
}
