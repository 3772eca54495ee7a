// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title A partner's shop that is paid in a program's points, by one call and without an allowance (ERC-1363).
///
/// @notice The shop opens an order at a price. Who buys calls `token.transferAndCall(shop, price, abi.encode(orderId))`, and the token
/// calls the shop with the points there already. An order is paid once, exactly, or not at all.
///
/// Unless the program lets points go to anybody, its operator makes the shop a partner first: `PUT …/partners/{shop}`.
///
/// @dev The token calls no receiver on a refund, so that a buyer cannot keep one from going through. Points expire with whoever holds
/// them: take in by {withdraw} what is earned, and refund while what was paid still lives.
contract PointsShop is IERC1363Receiver, Ownable {
    enum State {
        None,
        Open,
        Paid,
        Refunded
    }

    struct Order {
        State state;
        uint64 price;
        address buyer;
    }

    IERC20 public immutable token;

    mapping(bytes32 orderId => Order) private _orders;

    event OrderOpened(bytes32 indexed orderId, uint64 price);
    event OrderPaid(bytes32 indexed orderId, address indexed buyer, uint64 price);
    event OrderRefunded(bytes32 indexed orderId, address indexed buyer, uint64 price);

    /// @notice Anybody can call a receiver; only the token's word counts.
    error ForeignToken(address caller);

    error UnexpectedData(bytes data);
    error InvalidPrice(uint64 price);
    error WrongState(bytes32 orderId, State state);
    error WrongPrice(uint256 given, uint64 price);

    constructor(IERC20 token_, address merchant) Ownable(merchant) {
        token = token_;
    }

    /// @notice Offers an order. An id is used once, for ever.
    function open(bytes32 orderId, uint64 price) external onlyOwner {
        Order storage order = _orders[orderId];
        if (price == 0) revert InvalidPrice(price);
        if (order.state != State.None) revert WrongState(orderId, order.state);
        (order.state, order.price) = (State.Open, price);
        emit OrderOpened(orderId, price);
    }

    /// @inheritdoc IERC1363Receiver
    /// @dev A revert takes the transfer back with it.
    function onTransferReceived(address, address from, uint256 value, bytes calldata data) external returns (bytes4) {
        if (msg.sender != address(token)) revert ForeignToken(msg.sender);
        if (data.length != 32) revert UnexpectedData(data);
        bytes32 orderId = bytes32(data);
        Order storage order = _orders[orderId];
        if (order.state != State.Open) revert WrongState(orderId, order.state);
        if (value != order.price) revert WrongPrice(value, order.price);
        (order.state, order.buyer) = (State.Paid, from);
        emit OrderPaid(orderId, from, order.price);
        return IERC1363Receiver.onTransferReceived.selector;
    }

    /// @notice Gives the buyer the points back.
    function refund(bytes32 orderId) external onlyOwner {
        Order storage order = _orders[orderId];
        if (order.state != State.Paid) revert WrongState(orderId, order.state);
        order.state = State.Refunded;
        emit OrderRefunded(orderId, order.buyer, order.price);
        // PointsToken reverts where it does not transfer.
        token.transfer(order.buyer, order.price);
    }

    /// @notice Takes points that were earned.
    function withdraw(address to, uint256 points) external onlyOwner {
        token.transfer(to, points);
    }

    function orderOf(bytes32 orderId) external view returns (Order memory) {
        return _orders[orderId];
    }
}
