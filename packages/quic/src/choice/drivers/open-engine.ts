import { openDataPlane } from "@florenetes/data-plane";
import type { QuicEngine, TellSecrets } from "../../engine.ts";
import { QuicEngineError } from "../../errors.ts";
import { PacketGuard } from "../../guard/drivers/packet-guard.ts";
import { nativeEngine } from "../../native/drivers/native-engine.ts";
import type { QlogFiles } from "../../native/drivers/qlog-files.ts";
import {
  decideEngine,
  ENGINE_VARIABLE,
  portableFaultOn,
  type EngineChoice,
  type EngineSetting,
} from "../engine-choice.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Which engine a process takes that is asked for `config` in its config file.
 *
 * @throws QuicEngineError
 */
export function chooseEngine(config: EngineSetting, environment: Environment = process.env): EngineChoice {
  return decideEngine({
    config,
    variable: environment[ENGINE_VARIABLE],
    nativeFault,
    portableFault: portableFaultOn(process),
  });
}

/** Says in the form of `check` which engine would be taken and why, or that there is none. */
export function checkEngine(
  config: EngineSetting,
  environment?: Environment,
): { readonly problems: readonly QuicEngineError[]; readonly notes: readonly string[] } {
  try {
    const { name, reason } = chooseEngine(config, environment);
    return { problems: [], notes: [`the QUIC engine is the ${name} one: ${reason}`] };
  } catch (error) {
    if (!(error instanceof QuicEngineError)) throw error;
    return { problems: [error], notes: [] };
  }
}

/** The things that an operator who debugs has connections tell; without it no secret leaves the engine, and no packet is told. */
export interface EngineDebugging {
  readonly tellSecrets?: TellSecrets | undefined;
  /** The native engine's. */
  readonly qlogs?: QlogFiles | undefined;
}

/** Loads the engine that was chosen, and not the other one: quiche weighs 9 MB. */
export async function openEngine(
  { name }: EngineChoice,
  { tellSecrets, qlogs }: EngineDebugging = {},
): Promise<QuicEngine> {
  if (name === "native") return nativeEngine({ tellSecrets, qlogs })!;
  const { quicheEngine } = await import("../../portable/drivers/quiche-engine.ts");
  if (tellSecrets !== undefined) PacketGuard.tellSecrets(tellSecrets);
  return quicheEngine;
}

function nativeFault(): string | undefined {
  const plane = openDataPlane();
  return plane.kind === "absent" ? plane.reason : undefined;
}
