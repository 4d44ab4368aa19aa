import { type CheckReport, runVertexProgram } from "@florenetes/process-kit";
import type { ControlConfig } from "../config/control-config.ts";
import { loadControlConfig } from "../config/control-config-file.ts";
import type { ControlFlorStatus } from "./control-status.ts";
import { renderControlFlorStatus } from "./render-status.ts";

export interface ControlProgram {
  /** Gets the checked config and the path of its file. */
  readonly run: (config: ControlConfig, file: string) => Promise<void>;
  readonly check: (config: ControlConfig) => Promise<CheckReport>;
}

/** The command line of control-flor. */
export function runControlProgram(version: string, { run, check }: ControlProgram): void {
  runVertexProgram<ControlConfig>({
    name: "control-flor",
    description:
      "The HTTP API of a whole fabric: it reads what the node's agent holds, and hands on what people have signed",
    version,
    load: loadControlConfig,
    check,
    run,
    adminPathOf: ({ admin }) => admin,
    controlPathOf: ({ control }) => control,
    adminSockets: "/run/florenetes-control-*/admin.sock",
    renderStatus: (status) => renderControlFlorStatus(status as ControlFlorStatus),
  });
}
