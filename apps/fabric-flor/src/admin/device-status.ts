import type { DeviceProfile } from "@florenetes/facts";
import { type Finding, warning } from "@florenetes/operator-text";
import { formatCounts } from "@florenetes/process-kit";
import type { CommandSource } from "../agent/device/command-source.ts";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";

/** The device that the node runs on, as its source tells it (docs/protocol/device-source.md). */
export interface DeviceStatus extends Omit<DeviceProfile, "battery"> {
  /** The charge in percent; null: there is no battery, or nobody can tell. */
  readonly battery: number | null;
  /** The config's `device.command`; null: Linux says what the device is like. */
  readonly command: {
    /** How often it was started. */
    readonly starts: number;
    /** Its lines: `taken`; `bad`, which say nothing; `skipped`, as newer ones came before they could be read. */
    readonly lines: { readonly taken: number; readonly bad: number; readonly skipped: number };
    /** Why nothing is known of the device, in words that follow "the source"; null: it is known, or is about to be. */
    readonly fault: string | null;
  } | null;
}

export function deviceStatus(
  { battery, charging, network, metered, foreground }: DeviceProfile,
  source: CommandSource | undefined,
): DeviceStatus {
  return {
    battery: battery ?? null,
    charging,
    network,
    metered,
    foreground,
    command:
      source === undefined ? null : { starts: source.starts, lines: { ...source.lines }, fault: source.fault ?? null },
  };
}

export function* deviceFindings({ device: { command } }: { readonly device: DeviceStatus }): Generator<Finding> {
  if (command === null || command.fault === null) return;
  const code: FabricConfigErrorCode = "ERR_FABRIC_DEVICE_SOURCE";
  const advice =
    "Run the command of `device` as the process's user, and see what it prints; the log has its standard error. It is started again by itself.";
  yield warning(
    `the source of what this device is like ${command.fault} (${code}): nothing good is known of the device`,
    advice,
  );
}

/** Lines for people. */
export function deviceLines({ device }: { readonly device: DeviceStatus }): readonly string[] {
  const { battery, command } = device;
  const told = command === null ? "as Linux says" : `lines of its source: ${formatCounts({ ...command.lines })}`;
  return [`device: ${deviceWords({ ...device, battery: battery ?? undefined })}; ${told}`];
}

/** A device in words for people. */
export function deviceWords({ battery, charging, network, metered, foreground }: DeviceProfile): string {
  const power = `${battery === undefined ? "no battery that is known" : `battery ${battery} %`}, ${charging ? "charging" : "NOT charging"}`;
  const use = `${metered ? "each byte is paid for" : "not metered"}; ${foreground ? "in use, or always on" : "in the BACKGROUND"}`;
  return `${power}; network ${network}, ${use}`;
}
