import { parseDuration, parseStreamAddress } from "@florenetes/config-file";
import { formatPrincipal, PRINCIPAL_KINDS, parsePrincipal, type PrincipalKind } from "@florenetes/identity";
import {
  addToken,
  makeEnrollmentToken,
  readCaStatus,
  TOKEN_LIFE_MS,
  TOKEN_LIFE_MS_MAX,
  TOKEN_LIFE_MS_MIN,
  tokenIdOf,
  writeTokenText,
} from "@florenetes/identity/authority";
import { Argument, type Command, InvalidArgumentError } from "commander";
import type { Output } from "./output.ts";

interface TokenOptions {
  readonly ca: string;
  readonly issuer: string;
  /** Milliseconds. */
  readonly life: number;
}

/** `flor ca token`. */
export function addTokenCommand(ca: Command, output: Output): void {
  ca.command("token")
    .description("make a token, with which a new node gets its first certificate from the issuer of this CA, once")
    .addArgument(new Argument("<kind>", "whom the certificate stands for").choices(PRINCIPAL_KINDS))
    .argument("<name>", "name of the vertex (its node), user or service")
    .requiredOption("--ca <dir>", "folder of the CA of an issuer; its key is not needed")
    .requiredOption("--issuer <address>", "where the node reaches the issuer: tcp://host:port", parseIssuer)
    .option("--life <duration>", "how long, from 1min to 7d (default: 1h)", parseLife, TOKEN_LIFE_MS)
    .action((kind: PrincipalKind, name: string, options: TokenOptions) => makeToken(kind, name, options, output));
}

function makeToken(kind: PrincipalKind, name: string, { ca, issuer, life }: TokenOptions, output: Output): void {
  const { cluster, rootFingerprint } = readCaStatus(ca);
  const uri = formatPrincipal({ cluster, kind, name });
  const token = makeEnrollmentToken({ principal: parsePrincipal(uri), issuer, rootFingerprint });
  const madeAt = new Date();
  const expiresAt = new Date(madeAt.getTime() + life);
  addToken(ca, { id: tokenIdOf(token.secret), principal: uri, madeAt, expiresAt }, madeAt);
  output.out(writeTokenText(token));
  output.err(`It is shown this once, and is a secret: whoever uses it first is ${kind}/${name}. On the new node, until ${expiresAt.toISOString()}:
  $ flor identity enroll <token> --into <folder>`);
}

function parseIssuer(text: string): string {
  if (parseStreamAddress(text)?.kind === "tcp") return text;
  throw new InvalidArgumentError("An address as tcp://192.0.2.10:4434 is needed.");
}

function parseLife(text: string): number {
  const life = parseDuration(text);
  if (life !== undefined && life >= TOKEN_LIFE_MS_MIN && life <= TOKEN_LIFE_MS_MAX) return life;
  throw new InvalidArgumentError("A duration from 1min to 7d is needed.");
}
