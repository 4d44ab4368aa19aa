import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nearMatch } from "@florenetes/config-file";
import { EXIT_CODES, OperatorError, formatFields } from "@florenetes/operator-text";
import type { Command } from "commander";
import { FLOR_ERRORS } from "../error-codes.ts";
import type { Output } from "../output.ts";
import { releaseFolder } from "../release-folder.ts";
import { explainedCodes, type Explanation, explanationsOf } from "./explanations.ts";

/** `flor explain CODE`. */
export function addExplainCommand(program: Command, output: Output): void {
  program
    .command("explain")
    .description("say what a code means, of an error, of a log line, in status or of a counter")
    .argument("<code>", "as ERR_CONFIG_UNKNOWN_KEY, LINK_DOWN or unknownLabel")
    .action((code: string) => output.out(explain(code)));
}

function explain(code: string): string {
  const folder = docsFolder();
  const pages = new Map(pagesIn(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]));
  const found = explanationsOf(code, pages);
  if (found.length > 0) return found.map((each) => formatExplanation(folder, each)).join("\n\n");
  const near = nearMatch(code, explainedCodes(pages));
  const message = `no page of ${folder} explains ${JSON.stringify(code)}`;
  throw florError("ERR_FLOR_CODE_UNKNOWN", message, near === undefined ? undefined : `Did you mean ${near}?`);
}

function formatExplanation(folder: string, { page, headings, cells }: Explanation): string {
  const place = [join(folder, page), ...headings.slice(1)].join(", ");
  return `${place}\n${formatFields(cells, "  ")}`;
}

/** The folder of the documents. @throws OperatorError `ERR_FLOR_NO_DOCS` */
function docsFolder(): string {
  const folder = releaseFolder("docs");
  if (pagesIn(folder).includes("operate/errors.md")) return folder;
  throw florError("ERR_FLOR_NO_DOCS", `the documents are not in ${folder}`);
}

/** The pages in a folder and in its folders, by their paths from there; none when the folder does not exist. */
function pagesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { encoding: "utf8", recursive: true })
      .filter((file) => file.endsWith(".md"))
      .sort();
  } catch {
    return [];
  }
}

function florError(code: keyof typeof FLOR_ERRORS, message: string, advice?: string): OperatorError {
  return new OperatorError(code, message, {
    advice: advice ?? FLOR_ERRORS[code].advice,
    exitCode: EXIT_CODES.misconfigured,
  });
}
