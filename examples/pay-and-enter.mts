// Pays an order of a PointsShop in points, by one call, then enters a VoucherGate with a voucher (viem 2).
//
//   npm install viem
//   RPC_URL=http://127.0.0.1:18545 PRIVATE_KEY=0x… TOKEN=0x… SHOP=0x… ORDER=0x… POINTS=30 \
//     VOUCHERS=0x… GATE=0x… VOUCHER=1 VISIT=0x… node examples/pay-and-enter.mts
//
// Node takes the types away by itself from version 22.18 on; before that, compile it with tsc.
import { createWalletClient, http, parseAbi, publicActions, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const hex = (name: string): Hex => {
  const value = process.env[name];
  if (!value?.startsWith("0x")) throw new Error(`${name} is not given`);
  return value as Hex;
};
const number = (name: string): bigint => BigInt(process.env[name] ?? "");

const client = createWalletClient({
  account: privateKeyToAccount(hex("PRIVATE_KEY")),
  transport: http(process.env.RPC_URL),
  pollingInterval: 500,
}).extend(publicActions);

const abi = parseAbi([
  "function transferAndCall(address to, uint256 value, bytes data) returns (bool)",
  "function setApprovalForAll(address operator, bool approved)",
  "function enter(uint256 voucherId, bytes32 visit)",
]);

// What the contract would refuse throws while it is simulated, before anything is sent.
const mined = async (hash: Hex): Promise<Hex> => {
  const receipt = await client.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`${hash} failed`);
  return hash;
};

const payment = await client.simulateContract({
  address: hex("TOKEN"),
  abi,
  functionName: "transferAndCall",
  args: [hex("SHOP"), number("POINTS"), hex("ORDER")],
});
console.log("paid", await mined(await client.writeContract({ ...payment.request, chain: null })));

const approval = await client.simulateContract({
  address: hex("VOUCHERS"),
  abi,
  functionName: "setApprovalForAll",
  args: [hex("GATE"), true],
});
await mined(await client.writeContract({ ...approval.request, chain: null }));

const entry = await client.simulateContract({
  address: hex("GATE"),
  abi,
  functionName: "enter",
  args: [number("VOUCHER"), hex("VISIT")],
});
console.log("entered", await mined(await client.writeContract({ ...entry.request, chain: null })));
