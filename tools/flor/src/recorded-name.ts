import { formatShortPrincipal, parsePrincipal } from "@florenetes/identity";
import type { RecordedCertificate } from "@florenetes/identity/authority";

/** Whom a certificate of a CA's record stands for, as lists for people have it. */
export function recordedName({ principal }: Pick<RecordedCertificate, "principal">): string {
  const isCa = principal.split("/").length === 3;
  return isCa ? "(intermediate CA)" : formatShortPrincipal(parsePrincipal(principal));
}
