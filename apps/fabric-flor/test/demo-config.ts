/** The config of an agent whose files and sockets are in the folder of the config; keys that a test needs beside these come behind it. */
export function demoConfig(fingerprint: string, node = "a"): string {
  return `\
cluster: demo
node: ${node}
state: state
admin: run/admin.sock
door: cluster/fabric.sock
sessions: cluster/sessions.sock
listen: run/agent.sock
root: sha256:${fingerprint}
root-file: root.fact
`;
}
