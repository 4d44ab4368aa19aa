export { EtcdCluster, eventually, hasEtcd } from "./etcd-cluster.ts";
export type { EtcdClusterOptions } from "./etcd-cluster.ts";
