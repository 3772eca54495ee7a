"""Pays an order of a PointsShop in points, by one call, then enters a VoucherGate with a voucher (web3.py 8).

RPC_URL=http://127.0.0.1:18545 PRIVATE_KEY=0x… TOKEN=0x… SHOP=0x… ORDER=0x… POINTS=30 \
    VOUCHERS=0x… GATE=0x… VOUCHER=1 VISIT=0x… python examples/pay_and_enter.py
"""

import os
from typing import Any

from eth_account import Account
from web3 import Web3
from web3.contract.contract import ContractFunction
from web3.middleware import SignAndSendRawMiddlewareBuilder


def abi(name: str, *inputs: str) -> list[dict[str, Any]]:
    """One function, by the types that it takes."""
    parts = [{"name": f"argument{index}", "type": kind} for index, kind in enumerate(inputs)]
    return [{"type": "function", "name": name, "inputs": parts, "outputs": [], "stateMutability": "nonpayable"}]


web3 = Web3(Web3.HTTPProvider(os.environ["RPC_URL"]))
account = Account.from_key(os.environ["PRIVATE_KEY"])
web3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
web3.eth.default_account = account.address


def address(name: str) -> Any:
    """A contract's address out of the environment."""
    return Web3.to_checksum_address(os.environ[name])


def sent(call: ContractFunction) -> str:
    """Make a call. What the contract would refuse raises here, before anything is sent."""
    transaction = call.transact()
    mined = web3.eth.wait_for_transaction_receipt(transaction)
    if mined["status"] != 1:
        raise SystemExit(f"{transaction.to_0x_hex()} failed")
    return transaction.to_0x_hex()


token = web3.eth.contract(address("TOKEN"), abi=abi("transferAndCall", "address", "uint256", "bytes"))
vouchers = web3.eth.contract(address("VOUCHERS"), abi=abi("setApprovalForAll", "address", "bool"))
gate = web3.eth.contract(address("GATE"), abi=abi("enter", "uint256", "bytes32"))

order, visit = bytes.fromhex(os.environ["ORDER"][2:]), bytes.fromhex(os.environ["VISIT"][2:])
points, voucher = int(os.environ["POINTS"]), int(os.environ["VOUCHER"])

print("paid", sent(token.functions.transferAndCall(address("SHOP"), points, order)))
sent(vouchers.functions.setApprovalForAll(gate.address, True))
print("entered", sent(gate.functions.enter(voucher, visit)))
