import { existsSync } from "node:fs";
import { parseStreamAddress } from "@florenetes/config-file";
import { type Credentials, formatPrincipal } from "@florenetes/identity";
import {
  type EnrollmentToken,
  findRoot,
  installFirst,
  isTokenText,
  openRequest,
  readTextFile,
  readTokenText,
  RenewingFolder,
} from "@florenetes/identity/authority";
import { OperatorError, formatFields } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import type { Output } from "../output.ts";
import { attempt } from "./attempt.ts";
import { putLists } from "./bring-lists.ts";
import { askForFirst, askForLists, askForRoots, issuerError } from "./issuer-client.ts";
import type { IssuerPlace } from "./renewal-config.ts";

/**
 * Makes a key, asks the issuer for its first certificate with a token, and puts the identity into a folder, with the lists that the issuer
 * has. The same command again goes on where it was cut short.
 *
 * @param argument The token, or a file that has it
 */
export async function enroll(argument: string, folder: string, output: Output): Promise<void> {
  const token = readTokenArgument(argument);
  const place = placeOf(token);
  const rootPem = await findPinnedRoot(place, token);
  const chain = await askForFirst(place, token, rootPem, openRequest(folder, token.principal));
  const credentials = installFirst(folder, chain, rootPem, new Date());
  const fields = [
    ["principal", formatPrincipal(credentials.principal)],
    ["folder", folder],
    ["valid", `${credentials.notBefore.toISOString()} to ${credentials.validUntil.toISOString()}`],
    ["root", `sha256:${token.rootFingerprint}`],
  ] as const;
  output.out(formatFields(fields));
  await bringFirstLists(place, folder, credentials, output);
}

/** Throws ERR_FLOR_ISSUER_FALSE where the root of the token is not among those that the other end shows. */
async function findPinnedRoot(place: IssuerPlace, { rootFingerprint }: EnrollmentToken): Promise<string> {
  const roots = await askForRoots(place);
  const root = await attempt(() => findRoot(roots, rootFingerprint));
  if (typeof root === "string") return root;
  throw issuerError("ERR_FLOR_ISSUER_FALSE", `none of the roots at its address is sha256:${rootFingerprint}`);
}

/** The identity counts without lists, too: what is wrong with them is told. */
async function bringFirstLists(
  place: IssuerPlace,
  folder: string,
  credentials: Credentials,
  output: Output,
): Promise<void> {
  const { cluster } = credentials.principal;
  const pem = await attempt(() => askForLists(place, credentials));
  const { problems } =
    pem instanceof Error ? { problems: [pem] } : await putLists([new RenewingFolder(folder, cluster, new Date())], pem);
  for (const { message } of problems) output.err(`no revocation lists from the issuer: ${message}`);
}

function placeOf({ issuer }: EnrollmentToken): IssuerPlace {
  const address = parseStreamAddress(issuer);
  if (address?.kind !== "tcp") throw tokenError();
  return { host: address.host, port: address.port };
}

function readTokenArgument(argument: string): EnrollmentToken {
  const text = !isTokenText(argument) && existsSync(argument) ? readTextFile(argument).text : argument;
  const token = readTokenText(text);
  if (token === undefined) throw tokenError();
  return token;
}

function tokenError(): OperatorError {
  const { meaning, advice } = FLOR_ERRORS.ERR_FLOR_ENROLLMENT_TOKEN;
  return new OperatorError("ERR_FLOR_ENROLLMENT_TOKEN", meaning, { advice });
}
