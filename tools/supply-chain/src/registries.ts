/** Reads the answers of registries and databases from the output of the tools that ask them. Without an answer nothing is proven. */
import { z } from "zod";
import { type Advisory, findUnanswered } from "./advisories.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

export interface ToolOutput {
  /** The exit code; null: the tool could not be started. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const SIGNATURES = "signatures of the npm registry on all packages";
const NPM = "advisories on npm packages that are deployed";
export const CRATES_INSIDE = "advisories of RustSec on embedded crates";
export const CRATE_CHANGED = "advisories of RustSec on quinn-proto as it was published";
export const CRATES_OF_NATIVE = "advisories of RustSec on the crates of native/";

/** Judges the output of `pnpm audit signatures`. */
export function judgeSignatures({ status, stdout, stderr }: ToolOutput): Outcome {
  const said = `${stdout}\n${stderr}`;
  const audited = Number(/audited (\d+) packages?/.exec(said)?.[1] ?? 0);
  if (/\b(?:invalid|missing|tampered)\b/i.test(said)) return outcomeOf(SIGNATURES, lines(said));
  if (audited === 0 || status !== 0) return { kind: "skipped", text: SIGNATURES, reason: reasonOf(said) };
  return outcomeOf(`${SIGNATURES} (${audited})`, []);
}

const auditSchema = z.object({
  advisories: z.record(z.string(), z.object({ module_name: z.string(), title: z.string(), url: z.string() })),
});

const refusalSchema = z.object({ error: z.object({ message: z.string() }) });

/** Judges the output of `pnpm audit --prod --json`. */
export function judgeNpmAudit({ stdout, stderr }: ToolOutput): Outcome {
  const answer = jsonOf(stdout);
  const parsed = auditSchema.safeParse(answer);
  if (!parsed.success) {
    const refused = refusalSchema.safeParse(answer);
    return { kind: "skipped", text: NPM, reason: refused.data?.error.message ?? reasonOf(`${stderr}\n${stdout}`) };
  }
  const found = Object.values(parsed.data.advisories);
  return outcomeOf(
    NPM,
    found.map(({ module_name: name, title, url }) => `${name}: ${title} (${url})`),
  );
}

/** Judges the output of `cargo audit --json` for a Cargo.lock. */
export function judgeCargoAudit(
  text: string,
  { status, stdout, stderr }: ToolOutput,
  advisories: readonly Advisory[],
): Outcome {
  if (status === null || /no such (?:sub)?command/.test(stderr)) {
    return { kind: "skipped", text, reason: "cargo-audit is not installed (cargo install cargo-audit)" };
  }
  if (jsonOf(stdout) === undefined) return { kind: "skipped", text, reason: reasonOf(stderr) };
  const unanswered = findUnanswered(stdout, advisories);
  return outcomeOf(
    text,
    unanswered.map((id) => `${id} is not answered in tools/supply-chain/advisories.json`),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/** The most telling line of a tool's output: the one with the error, else the last one. */
function reasonOf(text: string): string {
  const all = lines(text);
  return (all.find((line) => /err/i.test(line)) ?? all.at(-1) ?? "no answer").trim();
}
