// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {CREATE3} from "solady/utils/CREATE3.sol";
import {Permissions} from "./factory/Permissions.sol";
import {IEarningRules} from "./interfaces/IEarningRules.sol";
import {IExchangeRegistry} from "./interfaces/IExchangeRegistry.sol";
import {IProgramFactory} from "./interfaces/IProgramFactory.sol";
import {Blueprint} from "./types/Blueprint.sol";
import {PointsParts} from "./types/PointsParts.sol";
import {Program, ProgramKeys, ProgramTerms} from "./types/Program.sol";

/// @notice See {IProgramFactory}.
/// @dev CREATE3, since the contracts of a program name each other: their addresses must not follow from their constructors' arguments.
contract ProgramFactory is IProgramFactory {
    using Blueprint for address;

    address private immutable _manager;
    address private immutable _token;
    address private immutable _rules;
    address private immutable _rewards;
    address private immutable _vouchers;
    address private immutable _exchange;
    address private immutable _accounts;

    /// @inheritdoc IProgramFactory
    address public immutable memberAccount;

    /// @inheritdoc IExchangeRegistry
    mapping(address exchange => bool) public isExchange;

    constructor(Program memory blueprints_, address memberAccount_) {
        if (memberAccount_.code.length == 0) revert NoMemberAccount(memberAccount_);
        memberAccount = memberAccount_;
        (_manager, _token, _rules) = (blueprints_.manager, blueprints_.token, blueprints_.rules);
        (_rewards, _vouchers) = (blueprints_.rewards, blueprints_.vouchers);
        (_exchange, _accounts) = (blueprints_.exchange, blueprints_.accounts);
        _manager.check();
        _token.check();
        _rules.check();
        _rewards.check();
        _vouchers.check();
        _exchange.check();
        _accounts.check();
    }

    /// @inheritdoc IProgramFactory
    function create(bytes32 salt, ProgramTerms calldata terms, ProgramKeys calldata keys)
        external
        returns (Program memory program)
    {
        if (keys.owner == address(0)) revert NoOwner();
        program = programOf(msg.sender, salt);
        isExchange[program.exchange] = true;
        _createContracts(_saltOf(msg.sender, salt), program, terms);
        IAccessManager manager = IAccessManager(program.manager);
        Permissions.assign(program);
        Permissions.grant(manager, keys);
        _setCap(program, keys.issuer, keys.issuerCap);
        _setCap(program, keys.adjuster, keys.adjusterCap);
        Permissions.handOver(manager, keys);
        emit ProgramCreated(msg.sender, salt, program.token, program, keys);
    }

    /// @inheritdoc IProgramFactory
    function programOf(address creator, bytes32 salt) public view returns (Program memory program) {
        bytes32 base = _saltOf(creator, salt);
        program.manager = CREATE3.predictDeterministicAddress(_part(base, _manager));
        program.token = CREATE3.predictDeterministicAddress(_part(base, _token));
        program.rules = CREATE3.predictDeterministicAddress(_part(base, _rules));
        program.rewards = CREATE3.predictDeterministicAddress(_part(base, _rewards));
        program.vouchers = CREATE3.predictDeterministicAddress(_part(base, _vouchers));
        program.exchange = CREATE3.predictDeterministicAddress(_part(base, _exchange));
        program.accounts = CREATE3.predictDeterministicAddress(_part(base, _accounts));
    }

    /// @inheritdoc IProgramFactory
    function blueprints() external view returns (Program memory) {
        return Program(_manager, _token, _rules, _rewards, _vouchers, _exchange, _accounts);
    }

    /// @dev In an order in which each finds those it asks.
    function _createContracts(bytes32 base, Program memory program, ProgramTerms calldata terms) private {
        address manager = program.manager;
        PointsParts memory parts = PointsParts(manager, program.rules, program.rewards, program.exchange);
        _create(base, _manager, abi.encode(address(this)));
        _create(base, _token, abi.encode(terms.points, parts));
        _create(base, _rules, abi.encode(manager, program.token, terms.noticePeriod, terms.lookBack));
        string memory name = string.concat(terms.points.name, " vouchers");
        _create(base, _vouchers, abi.encode(manager, program.rewards, name, terms.voucherURI, terms.voucherContractURI));
        _create(base, _rewards, abi.encode(manager, program.token, program.vouchers));
        _create(base, _exchange, abi.encode(manager, program.token, address(this), terms.parValue));
        _create(base, _accounts, abi.encode(manager, memberAccount));
    }

    function _create(bytes32 base, address blueprint, bytes memory arguments) private {
        CREATE3.deployDeterministic(blueprint.initCode(arguments), _part(base, blueprint));
    }

    function _setCap(Program memory program, address key, uint48 points) private {
        if (key != address(0)) IEarningRules(program.rules).setIssuerCap(key, points);
    }

    function _saltOf(address creator, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(creator, salt));
    }

    /// @dev Each contract of a program has another blueprint.
    function _part(bytes32 base, address blueprint) private pure returns (bytes32) {
        return keccak256(abi.encode(base, blueprint));
    }
}
