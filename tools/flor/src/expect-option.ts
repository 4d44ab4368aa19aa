import { parsePrincipal, parseShortPrincipal, type PrincipalExpectation } from "@florenetes/identity";
import { Option } from "commander";

/** `--expect`, as `vertex/a` or with the cluster as `spiffe://demo/vertex/a`. */
export function expectOption(description: string): Option {
  return new Option("--expect <kind/name>", description);
}

/** Throws ERR_IDENTITY_PRINCIPAL_SYNTAX. */
export function readExpectation(text: string): PrincipalExpectation {
  if (text.startsWith("spiffe://")) {
    const { cluster, kind, name } = parsePrincipal(text);
    return { cluster, kinds: [kind], name };
  }
  const { kind, name } = parseShortPrincipal(text, "any");
  return { kinds: [kind], name };
}
