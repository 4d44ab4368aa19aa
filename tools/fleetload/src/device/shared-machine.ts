import type { Machine } from "@florenetes/fabric-flor/src/drivers/machine.ts";
import { machineAddresses } from "@florenetes/fabric-flor/src/drivers/machine-addresses.ts";
import { machineLoad } from "@florenetes/fabric-flor/src/drivers/machine-load.ts";
import type { Logger } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { MACHINE_LOOK_MS } from "../limits.ts";

/** The machine as all devices of a process see it: one look serves all of them, as a process with thousands of open files reads long what it has. */
export function sharedMachine(log: Logger): Machine {
  return { load: shared(machineLoad()), addresses: shared(machineAddresses(log)) };
}

function shared<Value>(look: () => Value): () => Value {
  let [value, at] = [look(), nodeTime.now()];
  return () => {
    if (nodeTime.now() < at + MACHINE_LOOK_MS) return value;
    [value, at] = [look(), nodeTime.now()];
    return value;
  };
}
