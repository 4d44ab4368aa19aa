/** SPIFFE-ID: the identifier itself, as a certificate has it. `what` says where we are narrower than SPIFFE. */
import { id_ce_subjectAltName } from "@peculiar/asn1-x509";
import { element } from "../altered-der.ts";
import { rawExtension } from "../certificates.ts";
import { type Example, Rule, uri } from "./example.ts";

const syntax = "ERR_IDENTITY_PRINCIPAL_SYNTAX";
const part = (length: number): string => "n".repeat(length);

/** A URI that holds the text in UTF-8, which no IA5String may hold. */
function octets(text: string): { extensions: Record<string, ReturnType<typeof rawExtension>> } {
  const name = element("86", Buffer.from(text).toString("hex"));
  return { extensions: { [id_ce_subjectAltName]: rawExtension(id_ce_subjectAltName, true, element("30", name)) } };
}

const form = new Rule("SPIFFE-ID 2, the URI")
  .uri("scheme, trust domain and path", "accepted", uri)
  .uri("another scheme", syntax, "https://demo/vertex/a")
  .uri("a scheme in upper case", syntax, "SPIFFE://demo/vertex/a")
  .uri("no scheme", syntax, "demo/vertex/a")
  .uri("no authority", syntax, "spiffe:/vertex/a")
  .uri("one slash", syntax, "spiffe:/demo/vertex/a")
  .uri("a query", syntax, `${uri}?x=1`)
  .uri("an empty query", syntax, `${uri}?`)
  .uri("a fragment", syntax, `${uri}#x`)
  .uri("a space in front", syntax, ` ${uri}`)
  .uri("a space after it", syntax, `${uri} `)
  .leaf("a zero octet", "ERR_IDENTITY_CERTIFICATE_BROKEN", octets(`${uri}\0`))
  .leaf("a line end", "ERR_IDENTITY_CERTIFICATE_BROKEN", octets(`${uri}\n`))
  .leaf("nothing", syntax, octets(""));

const trustDomain = new Rule("SPIFFE-ID 2.1, trust domain")
  .uri("letters, digits, dots, dashes, underscores", "accepted", "spiffe://p-1.example_2/user/alice", "p-1.example_2")
  .uri("63 characters", "accepted", `spiffe://${part(63)}/user/alice`, part(63))
  .uri("64 characters (we are narrower: SPIFFE allows 255)", syntax, `spiffe://${part(64)}/user/alice`)
  .uri("256 characters", syntax, `spiffe://${part(256)}/user/alice`)
  .uri("a dash at its start (we are narrower)", syntax, "spiffe://-demo/user/alice")
  .uri("a dot at its end (we are narrower)", syntax, "spiffe://demo./user/alice")
  .uri("two dots (we are narrower)", syntax, "spiffe://de..mo/user/alice")
  .uri("none", syntax, "spiffe:///user/alice")
  .uri("upper case", syntax, "spiffe://Demo/user/alice")
  .uri("a percent escape", syntax, "spiffe://d%65mo/user/alice")
  .uri("user information", syntax, "spiffe://root@demo/user/alice")
  .uri("a port", syntax, "spiffe://demo:443/user/alice")
  .uri("an IPv6 address", syntax, "spiffe://[2001:db8::1]/user/alice")
  .leaf("a Cyrillic letter that looks Latin", "ERR_IDENTITY_CERTIFICATE_BROKEN", octets("spiffe://dеmo/vertex/a"))
  .uri("the same in Punycode is another cluster", "ERR_IDENTITY_WRONG_CLUSTER", "spiffe://xn--dmo-xdd/vertex/a");

const path = new Rule("SPIFFE-ID 2.2, path")
  .uri("a user", "accepted", "spiffe://demo/user/alice")
  .uri("a service", "accepted", "spiffe://demo/service/web")
  .uri("a vertex", "accepted", "spiffe://demo/vertex/a")
  .uri("digits, dots, dashes, underscores", "accepted", "spiffe://demo/service/db-1.eu_west")
  .uri("a slash at its end", syntax, "spiffe://demo/user/alice/")
  .uri("an empty segment", syntax, "spiffe://demo//user/alice")
  .uri("an empty name", syntax, "spiffe://demo/user/")
  .uri("a segment of one dot", syntax, "spiffe://demo/user/.")
  .uri("a segment of two dots", syntax, "spiffe://demo/user/..")
  .uri("two dots on the way", syntax, "spiffe://demo/user/../vertex/a")
  .uri("a percent escape", syntax, "spiffe://demo/user/al%69ce")
  .uri("an escaped slash", syntax, "spiffe://demo/user%2falice")
  .uri("a plus sign", syntax, "spiffe://demo/user/alice+bob")
  .uri("upper case in the name (we are narrower)", syntax, "spiffe://demo/user/Alice")
  .uri("upper case in the kind (we are narrower)", syntax, "spiffe://demo/User/alice")
  .uri("a kind that is none of ours (we are narrower)", syntax, "spiffe://demo/node/a")
  .uri("one segment (we are narrower)", syntax, "spiffe://demo/alice")
  .uri("three segments (we are narrower)", syntax, "spiffe://demo/user/alice/laptop")
  .uri("a dash at the start of the name (we are narrower)", syntax, "spiffe://demo/user/-alice")
  .uri("two dots in the name (we are narrower)", syntax, "spiffe://demo/user/al..ice")
  .leaf("a Cyrillic letter that looks Latin", "ERR_IDENTITY_CERTIFICATE_BROKEN", octets("spiffe://demo/user/аlice"))
  .leaf("a wide letter that looks Latin", "ERR_IDENTITY_CERTIFICATE_BROKEN", octets("spiffe://demo/user/ａlice"))
  .leaf("a letter with an accent", "ERR_IDENTITY_CERTIFICATE_BROKEN", octets("spiffe://demo/user/álice"));

const length = new Rule("SPIFFE-ID 2.3, length")
  .uri("a name of 63 characters", "accepted", `spiffe://demo/service/${part(63)}`)
  .uri("a name of 64 characters (we are narrower)", syntax, `spiffe://demo/service/${part(64)}`)
  .uri("a name of 300 characters (we are narrower)", syntax, `spiffe://demo/service/${part(300)}`)
  .uri("2049 characters", syntax, `spiffe://demo/service/${part(2049 - 22)}`);

export const spiffeIdExamples: readonly Example[] = [form, trustDomain, path, length].flatMap(
  ({ examples }) => examples,
);
