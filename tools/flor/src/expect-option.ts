import { parsePrincipal, parseShortPrincipal, type PrincipalExpectation } from "@florenetes/identity";
import { Option } from "commander";

/** The option `--expect`: `vertex/a`, or with the cluster `spiffe://demo/vertex/a`. */
export function expectOption(description: string): Option {
  return new Option("--expect <kind/name>", description);
}

/** Reads the argument of `--expect`. Throws ERR_IDENTITY_PRINCIPAL_SYNTAX. */
export function readExpectation(text: string): PrincipalExpectation {
  if (text.startsWith("spiffe://")) {
    const { cluster, kind, name } = parsePrincipal(text);
    return { cluster, kinds: [kind], name };
  }
  const { kind, name } = parseShortPrincipal(text, "any");
  return { kinds: [kind], name };
}
