import { basename } from "node:path";
import { type CertificateFacts, formatPrincipal, type RevocationListFacts } from "@florenetes/identity";
import { type CertificateRequest, type Inspection, inspectPath } from "@florenetes/identity/authority";
import { EXIT_CODES, formatOperatorError, formatDuration, formatFields } from "@florenetes/operator-text";
import type { Command } from "commander";
import type { Output } from "./output.ts";

const kinds: Readonly<Record<Inspection["kind"], string>> = {
  identity: "identity",
  ca: "CA",
  certificates: "certificates",
  lists: "revocation lists",
  key: "private key",
  request: "request",
};

/** `flor inspect PATH`. */
export function addInspectCommand(program: Command, output: Output, finish: (exitCode: number) => void): void {
  program
    .command("inspect")
    .description("say whom an identity stands for, how long it is valid, who issued it, and what is wrong with it")
    .argument("<path>", "an identity folder, a CA folder, a request, or another PEM file")
    .action((path: string) => {
      const at = new Date();
      const inspection = inspectPath(path, at);
      output.out(formatInspection(inspection, at));
      for (const problem of inspection.problems) output.err(formatOperatorError(problem));
      finish(inspection.problems.length === 0 ? EXIT_CODES.ok : EXIT_CODES.misconfigured);
    });
}

function formatInspection(inspection: Inspection, at: Date): string {
  const lines = [`${kinds[inspection.kind]}${inspection.uri === undefined ? "" : `  ${inspection.uri}`}`];
  for (const { file, certificates, lists } of inspection.files) {
    lines.push(`${basename(file)}:`);
    for (const facts of certificates) lines.push(formatCertificate(facts, at), "");
    for (const facts of lists) lines.push(formatList(facts, at), "");
  }
  if (inspection.request !== undefined) lines.push(formatRequest(inspection.request), "");
  lines.push(inspection.problems.length === 0 ? "nothing is wrong with it" : `problems: ${inspection.problems.length}`);
  return lines.join("\n");
}

function formatCertificate(facts: CertificateFacts, at: Date): string {
  const fields = [
    [facts.isCa ? "CA of" : "principal", facts.uris.length === 0 ? "names no URI" : facts.uris.join(" and ")],
    ["valid", `${facts.notBefore.toISOString()} to ${facts.notAfter.toISOString()} (${formatEnd(facts.notAfter, at)})`],
    ["subject", facts.subject],
    ["issuer", facts.issuer],
    ["serial", facts.serial],
    ["key", facts.keyAlgorithm ?? "of an algorithm that is not accepted"],
    ["fingerprint", `sha256:${facts.fingerprint}`],
  ] as const;
  return formatFields(fields, "  ");
}

function formatRequest({ principal, keyAlgorithm, keyFingerprint }: CertificateRequest): string {
  const fields = [
    ["request of", formatPrincipal(principal)],
    ["for the key", `sha256:${keyFingerprint} (${keyAlgorithm})`],
  ] as const;
  return formatFields(fields, "  ");
}

function formatList(facts: RevocationListFacts, at: Date): string {
  const { issuer, number, entries, thisUpdate, nextUpdate } = facts;
  const fields = [
    ["list", `number ${number}, ${entries} ${entries === 1 ? "certificate" : "certificates"}`],
    ["valid", `${thisUpdate.toISOString()} to ${nextUpdate.toISOString()} (${formatEnd(nextUpdate, at)})`],
    ["issuer", issuer],
  ] as const;
  return formatFields(fields, "  ");
}

function formatEnd(end: Date, at: Date): string {
  const left = end.getTime() - at.getTime();
  return left >= 0 ? `ends in ${formatDuration(left)}` : `ended ${formatDuration(-left)} ago`;
}
