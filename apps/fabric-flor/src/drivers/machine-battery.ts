import type { DeviceProfile } from "@florenetes/facts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SUPPLIES = "/sys/class/power_supply";

/** States of a battery that a charger feeds (Documentation/ABI/testing/sysfs-class-power). */
const FED: ReadonlySet<string> = new Set(["Charging", "Full", "Not charging"]);

/**
 * The charge of this machine's batteries, in percent, and whether a charger feeds it. Of several batteries the fullest one counts, of those that it runs on where there are any. Batteries
 * of mice and pens (scope `Device`) do not count, and a machine without one is fed. Where a battery does not say its state, a charger has to say that it is there. A system that hides its power
 * supplies may run on a battery: it is not known to be fed.
 *
 * @param folder As the kernel shows power supplies (Documentation/ABI/testing/sysfs-class-power)
 */
export function machinePower(folder: string = SUPPLIES): Pick<DeviceProfile, "battery" | "charging"> {
  const names = suppliesIn(folder);
  if (names === undefined) return { charging: false };
  const supplies = names.map((supply) => {
    const read = (name: string): string => readWord(join(folder, supply, name));
    return { read, type: read("type"), isOfMachine: read("scope") !== "Device" };
  });
  const own = supplies.filter(({ isOfMachine }) => isOfMachine);
  const isPlugged = own.some(({ type, read }) => type !== "Battery" && read("online") === "1");
  const batteries = own
    .filter(({ type }) => type === "Battery")
    .map(({ read }) => ({ status: read("status"), charge: chargeOf(read("capacity")) }));
  const isFed = (status: string): boolean => FED.has(status) || (status !== "Discharging" && isPlugged);
  const drained = batteries.filter(({ status }) => !isFed(status));
  const charges = (drained.length > 0 ? drained : batteries).flatMap(({ charge }) => charge ?? []);
  return { charging: drained.length === 0, ...(charges.length > 0 && { battery: Math.max(...charges) }) };
}

function chargeOf(capacity: string): number | undefined {
  const charge = Number(capacity || "NaN");
  return Number.isInteger(charge) && charge >= 0 && charge <= 100 ? charge : undefined;
}

/** The names of power supplies; undefined: the system does not let them be seen. */
function suppliesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? [] : undefined;
  }
}

/** A line of a file; "": it cannot be read. */
function readWord(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
