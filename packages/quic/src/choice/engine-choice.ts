import { QuicEngineError } from "../errors.ts";

/** Operators may ask for these. */
export type EngineSetting = "auto" | "native" | "portable";
export type EngineName = "native" | "portable";

/** Stands over the config: tests run whole meshes with an engine of their choice. */
export const ENGINE_VARIABLE = "FLORENETES_ENGINE";

/** `auto` takes this one. The native engine has to be held by the whole hostile suite before it can be that. */
const AUTO_ENGINE: EngineName = "portable";
const AUTO_REASON = "the native engine is not held by the whole hostile suite yet";

/** The engine that a process runs with. It is shown in status as it is. */
export interface EngineChoice {
  readonly name: EngineName;
  readonly asked: EngineSetting;
  readonly askedBy: "config" | "environment";
  /** For people. */
  readonly reason: string;
}

export interface EngineQuestion {
  readonly config: EngineSetting;
  /** The value of `FLORENETES_ENGINE`; empty counts as not set. */
  readonly variable: string | undefined;
  /** Why the native engine cannot be used here, or undefined. It is asked only where that matters. */
  readonly nativeFault: () => string | undefined;
  readonly autoEngine?: EngineName;
}

/** @throws QuicEngineError when the variable has no meaning, or the engine that is asked for cannot be used */
export function decideEngine({
  config,
  variable = "",
  nativeFault,
  autoEngine = AUTO_ENGINE,
}: EngineQuestion): EngineChoice {
  const askedBy = variable === "" ? "config" : "environment";
  const asked = askedBy === "config" ? config : settingOf(variable);
  const who = askedBy === "config" ? `\`engine: ${asked}\`` : `${ENGINE_VARIABLE}=${asked}`;
  if (asked === "portable") return { name: asked, asked, askedBy, reason: `${who} says so` };
  if (asked === "auto" && autoEngine === "portable") {
    return { name: "portable", asked, askedBy, reason: `${who}, and ${AUTO_REASON}` };
  }
  const fault = nativeFault();
  if (fault === undefined) return { name: "native", asked, askedBy, reason: `${who} says so` };
  if (asked === "auto") {
    return { name: "portable", asked, askedBy, reason: `${who}, and the native engine cannot be used here: ${fault}` };
  }
  throw new QuicEngineError(
    "ERR_ENGINE_MISSING",
    `${who}, and the native engine cannot be used here: ${fault}`,
    "Run `npm run build` where cargo 1.88 or newer is, or let it be `portable`.",
  );
}

function settingOf(variable: string): EngineSetting {
  if (variable === "auto" || variable === "native" || variable === "portable") return variable;
  throw new QuicEngineError(
    "ERR_ENGINE_VARIABLE",
    `${ENGINE_VARIABLE} is "${variable}", which is no engine`,
    "It may be `auto`, `native` or `portable`; without it the config decides.",
  );
}
