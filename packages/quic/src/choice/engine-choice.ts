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
  /** Why the portable engine cannot be used here, or undefined. */
  readonly portableFault: string | undefined;
}

const TO_BUILD = "Run `npm run build` where cargo 1.88 or newer is.";

/** @throws QuicEngineError when the variable has no meaning, or the engine that is asked for cannot be used */
export function decideEngine({ config, variable = "", nativeFault, portableFault }: EngineQuestion): EngineChoice {
  const askedBy = variable === "" ? "config" : "environment";
  const asked = askedBy === "config" ? config : settingOf(variable);
  const who = askedBy === "config" ? `\`engine: ${asked}\`` : `${ENGINE_VARIABLE}=${asked}`;
  if (asked === "portable") {
    if (portableFault === undefined) return { name: asked, asked, askedBy, reason: `${who} says so` };
    throw missing(`${who}, and the portable engine cannot be used here: ${portableFault}`, "Let it be `auto`.");
  }
  const fault = nativeFault();
  const isWish = asked === "native";
  if (fault === undefined) {
    const reason = isWish ? `${who} says so` : `${who}, and the native engine can be used here`;
    return { name: "native", asked, askedBy, reason };
  }
  const reason = `${who}, and the native engine cannot be used here: ${fault}`;
  if (portableFault !== undefined) {
    throw missing(`${reason}; nor can the portable one: ${portableFault}`, TO_BUILD);
  }
  if (isWish) throw missing(reason, `${TO_BUILD} Or let it be \`portable\`.`);
  return { name: "portable", asked, askedBy, reason };
}

function missing(message: string, advice: string): QuicEngineError {
  return new QuicEngineError("ERR_ENGINE_MISSING", message, advice);
}

/** Why the portable engine cannot be used on a machine, or undefined: it comes from npm as its authors have built it. */
export function portableFaultOn({ platform, arch }: Pick<NodeJS.Process, "platform" | "arch">): string | undefined {
  if (platform !== "linux" || arch === "x64") return undefined;
  return `its authors publish no add-on for ${platform} on ${arch}`;
}

function settingOf(variable: string): EngineSetting {
  if (variable === "auto" || variable === "native" || variable === "portable") return variable;
  throw new QuicEngineError(
    "ERR_ENGINE_VARIABLE",
    `${ENGINE_VARIABLE} is "${variable}", which is no engine`,
    "It may be `auto`, `native` or `portable`; without it the config decides.",
  );
}
