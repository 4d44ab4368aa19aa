import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SUPPLIES = "/sys/class/power_supply";

/**
 * The charge of the battery that this machine runs on, in percent: of several, all together count the fullest one; undefined: it runs on none, or a charger feeds it. Batteries of
 * mice and pens (scope `Device`) do not count.
 *
 * @param folder As the kernel shows power supplies (Documentation/ABI/testing/sysfs-class-power)
 */
export function machineBattery(folder: string = SUPPLIES): number | undefined {
  const charges = suppliesIn(folder).flatMap((supply) => {
    const read = (name: string): string => readWord(join(folder, supply, name));
    if (read("type") !== "Battery" || read("scope") === "Device" || read("status") !== "Discharging") return [];
    const charge = Number(read("capacity") || "NaN");
    return Number.isInteger(charge) && charge >= 0 && charge <= 100 ? [charge] : [];
  });
  return charges.length === 0 ? undefined : Math.max(...charges);
}

function suppliesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
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
