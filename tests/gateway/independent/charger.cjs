// A charger on the package ocpp-rpc, which checks every frame of both sides against schemas of its own.
// Arguments: address, identity, password (may be empty), answers by action as JSON.
// Reads {"call", "payload"} from lines of standard input; writes {"answer"}, {"error"}, {"asked"} or {"invalid"} as lines.
const { createInterface } = require("node:readline");
const { RPCClient, createRPCError } = require("ocpp-rpc");

const [endpoint, identity, password, answers] = process.argv.slice(2);
const known = JSON.parse(answers);
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const client = new RPCClient({
  endpoint, identity, password: password || null, protocols: ["ocpp1.6"], strictMode: true, reconnect: false,
});
client.on("strictValidationFailure", ({ method, error }) => tell({ invalid: method, why: error.message }));
client.on("badMessage", ({ error }) => tell({ invalid: "frame", why: error.message }));
client.handle(({ method, params }) => {
  tell({ asked: method, payload: params });
  if (known[method] === undefined) throw createRPCError("NotImplemented", method);
  if (method === "SendLocalList") known.GetLocalListVersion = { listVersion: params.listVersion };
  return known[method];
});

async function call({ call: action, payload }) {
  try {
    tell({ answer: await client.call(action, payload) });
  } catch (error) {
    tell({ error: error.rpcErrorCode || error.message });
  }
}

async function main() {
  await client.connect();
  tell({ connected: client.protocol });
  for await (const line of createInterface({ input: process.stdin })) await call(JSON.parse(line));
  await client.close();
}

main().catch((error) => {
  tell({ failed: error.message });
  process.exitCode = 1;
});
