import { accessSync, constants } from "node:fs";
import { OperatorError } from "@florenetes/operator-text";
import type { FabricConfigErrorCode } from "./config-errors.ts";
import type { DeviceSection } from "./schema.ts";

/** Finds what keeps this user from running the command that says what the device is like; undefined when nothing does. Runs nothing. */
export function checkDeviceCommand(device: DeviceSection | undefined): OperatorError | undefined {
  const [program] = device?.command ?? [];
  if (program === undefined) return undefined;
  try {
    accessSync(program, constants.X_OK);
    return undefined;
  } catch (error) {
    const code: FabricConfigErrorCode = "ERR_FABRIC_DEVICE_COMMAND";
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const advice = "Let the process's user run it, or name another program.";
    return new OperatorError(code, `${program} cannot be run (${reason})`, {
      advice,
      where: { key: "device.command" },
    });
  }
}
