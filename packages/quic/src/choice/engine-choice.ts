import { QuicEngineError } from "../errors.ts";

/** Operators may ask for these. */
export type EngineSetting = "auto" | "native" | "portable";

/** Stands over the config: tests run whole meshes with an engine of their choice. */
export const ENGINE_VARIABLE = "FLORENETES_ENGINE";

/** The engine that a process runs with. It is shown in status as it is. */
export interface EngineChoice {
  readonly name: "native" | "portable";
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
}

/** @throws QuicEngineError when the variable has no meaning, or the engine that is asked for cannot be used */
export function decideEngine({ config, variable = "", nativeFault }: EngineQuestion): EngineChoice {
  const askedBy = variable === "" ? "config" : "environment";
  const asked = askedBy === "config" ? config : settingOf(variable);
  const who = askedBy === "config" ? `\`engine: ${asked}\`` : `${ENGINE_VARIABLE}=${asked}`;
  if (asked === "portable") return { name: asked, asked, askedBy, reason: `${who} says so` };
  const fault = nativeFault();
  const isWish = asked === "native";
  if (fault === undefined) {
    const reason = isWish ? `${who} says so` : `${who}, and the native engine can be used here`;
    return { name: "native", asked, askedBy, reason };
  }
  if (!isWish) {
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
