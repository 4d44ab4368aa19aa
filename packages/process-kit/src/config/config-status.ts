import type { Finding } from "@florenetes/operator-text";
import type { ConfigFileState } from "./config-file-look.ts";
import type { ConfigSource } from "./confirmation.ts";
import { formatDuration } from "@florenetes/operator-text";

/** The running config. */
export interface ConfigStatus {
  /** The config file. */
  readonly file: string;
  /** `posted`: over the control socket. A reload or a restart returns to the file. */
  readonly source: ConfigSource;
  /** The comparison of the file, as it is now, with the running config. */
  readonly fileState: ConfigFileState;
  /** Milliseconds until the process returns to the config before, unless this one is confirmed; null when it stays. */
  readonly confirmMs: number | null;
}

const FINDINGS: Readonly<Record<ConfigFileState, (file: string) => readonly Finding[]>> = {
  same: () => [],
  differs: (file) => {
    const text = `the config in ${file} is not the one that runs`;
    return [{ weight: "warning", text, advice: "`reload` takes it." }];
  },
  refused: (file) => {
    const advice = "`check` says why; the one that runs stays until a restart.";
    return [{ weight: "fault", text: `the config in ${file} is not in order`, advice }];
  },
  unreadable: (file) => {
    const advice = "Let this process's user read it, and `reload`.";
    return [{ weight: "fault", text: `the config file ${file} cannot be read`, advice }];
  },
};

/**
 * Warns of a config file that differs from the running config or is broken, as the next restart takes it, and of a
 * config that waits for its confirmation.
 */
export function configFindings({ file, fileState, confirmMs }: ConfigStatus): readonly Finding[] {
  if (confirmMs === null) return FINDINGS[fileState](file);
  const text = `the config that runs makes room for the one before in ${formatDuration(confirmMs)}`;
  const unconfirmed: Finding = { weight: "warning", text, advice: "`confirm` keeps it, `back` does not wait." };
  // The operator who confirms the config also writes the file.
  return fileState === "differs" ? [unconfirmed] : [...FINDINGS[fileState](file), unconfirmed];
}

/** Lines for people about a running config that is not the file's. */
export function configLines({ source, fileState }: ConfigStatus): string[] {
  return source === "posted" && fileState !== "same" ? ["the config that runs was POSTED to the control socket"] : [];
}
