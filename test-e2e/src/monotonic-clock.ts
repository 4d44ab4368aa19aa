export { now } from "@florenetes/workloads";
