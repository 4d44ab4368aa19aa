import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PrincipalExpectation } from "@florenetes/identity";
import { type ChainVerdict, judgeChainFile } from "@florenetes/identity/authority";
import { EXIT_CODES, OperatorError, formatFields } from "@florenetes/operator-text";
import type { Command } from "commander";
import type { FLOR_ERRORS } from "./error-codes.ts";
import { expectOption, readExpectation } from "./expect-option.ts";
import type { Output } from "./output.ts";

interface JudgeOptions {
  readonly trust: string;
  readonly crl?: string;
  readonly at?: string;
  readonly expect?: string;
  readonly json?: true;
}

/** `flor identity judge`. */
export function addJudgeCommand(identity: Command, output: Output, finish: (exitCode: number) => void): void {
  identity
    .command("judge")
    .description("say whether a certificate chain is accepted, by the rules of both processes; exit code 1: it is not")
    .argument("<chain>", "PEM file: the certificate, then the intermediate CAs")
    .requiredOption("--trust <dir>", "folder with the roots (trust.pem): an identity's, or one without a key")
    .option("--crl <file>", "revocation lists (default: crl.pem of that folder, if it is there)")
    .option("--at <time>", "judge as at that time, as 2026-11-20T11:23:36Z (default: now)")
    .addOption(expectOption("refuse the chain of anybody else"))
    .option("--json", "print the verdict for programs")
    .action((chain: string, options: JudgeOptions) => {
      const expected: PrincipalExpectation = options.expect === undefined ? {} : readExpectation(options.expect);
      const inFolder = join(options.trust, "crl.pem");
      const crl = options.crl ?? (existsSync(inFolder) ? inFolder : undefined);
      const verdict = judgeChainFile({ chain, trust: options.trust, crl, expected, at: readTime(options.at) });
      output.out(options.json === true ? JSON.stringify(verdict, null, 2) : formatVerdict(verdict));
      finish(verdict.isAccepted ? EXIT_CODES.ok : EXIT_CODES.failed);
    });
}

function readTime(text: string | undefined): Date {
  const at = text === undefined ? new Date() : new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  const code: keyof typeof FLOR_ERRORS = "ERR_FLOR_USAGE";
  throw new OperatorError(code, `"${text}" is no time`, { advice: "Write it as 2026-11-20T11:23:36Z." });
}

function formatVerdict(verdict: ChainVerdict): string {
  if (!verdict.isAccepted)
    return formatFields([
      ["refused", verdict.code],
      ["reason", verdict.text],
    ]);
  return formatFields([
    ["accepted", verdict.principal],
    ["good until", verdict.goodUntil],
  ]);
}
