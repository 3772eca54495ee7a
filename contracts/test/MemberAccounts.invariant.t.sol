// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IMemberAccount} from "../src/interfaces/IMemberAccount.sol";
import {IMemberAccounts} from "../src/interfaces/IMemberAccounts.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {Roles} from "../src/types/Roles.sol";
import {Members, MemberSigning} from "./Members.sol";
import {ContractAccount} from "./Signing.sol";

/// @notice Custodians, members and strangers try whatever there is on a few accounts, in any order, each with what it
/// can sign.
/// @dev Keeps its own account of who may act for which account. Something that succeeds and may not is a breach.
contract AccountsHandler is Members {
    enum Kind {
        Transfer,
        Approve,
        ChangeMember,
        Claim
    }

    struct Actor {
        address addr;
        uint256 key;
    }

    struct Sent {
        uint256 which;
        uint256 nonce;
        bool late;
        bytes data;
        uint256 by;
        Kind[] kinds;
        uint256[] amounts;
        uint256 whom;
    }

    uint256 public constant ACCOUNTS = 3;
    uint256 public constant CUSTODIANS = 2;
    /// @dev So many that were sent can be sent again.
    uint256 private constant KEPT = 8;

    IMemberAccount[] public accounts;
    Actor[] public actors;
    /// @dev Points not in accounts are here.
    address public immutable reservoir;

    mapping(uint256 which => address) public memberOf;
    mapping(uint256 which => uint256) public balanceOf;
    mapping(uint256 which => uint256) public executed;
    mapping(uint256 which => uint256) public handoversOf;
    mapping(uint256 which => mapping(address spender => uint256)) public allowanceOf;
    mapping(uint256 which => mapping(uint256 nonce => bool)) private used;
    mapping(uint256 which => uint256) private permits;
    Sent[] private sent;

    string public breach;

    constructor(IMemberAccounts members_, IPointsToken token_, IAccessManager manager_, address owner_) {
        (members, token, manager, owner) = (members_, token_, manager_, owner_);
        reservoir = makeAddr("reservoir");
        deadline = block.timestamp + 1 hours;
        string[6] memory names = ["custodian", "another custodian", "first", "second", "third", "stranger"];
        for (uint256 i; i < names.length; ++i) {
            (address addr, uint256 key) = makeAddrAndKey(names[i]);
            actors.push(Actor(addr, key));
        }
        // A contract of a key that is an actor itself.
        actors.push(Actor(address(new ContractAccount(actors[4].addr)), actors[4].key));
        for (uint256 which; which < ACCOUNTS; ++which) {
            accounts.push(IMemberAccount(members.accountOf(commitmentOf(which))));
        }
    }

    function setUp() public override {}

    function create(uint256 which) external {
        members.create(commitmentOf(which % ACCOUNTS));
    }

    function deposit(uint256 which, uint256 amount) external {
        which %= ACCOUNTS;
        amount = bound(amount, 0, token.balanceOf(reservoir) / 2);
        vm.prank(reservoir);
        token.transfer(address(accounts[which]), amount);
        balanceOf[which] += amount;
    }

    function appoint(uint256 who, bool dismissed) external {
        address addr = actors[who % CUSTODIANS].addr;
        vm.prank(owner);
        if (dismissed) manager.revokeRole(Roles.CUSTODIAN, addr);
        else manager.grantRole(Roles.CUSTODIAN, addr, 0);
    }

    /// @dev One actor in seven consents in the place of another.
    function claim(uint256 who, uint256 which, uint256 whom, uint256 consenting, bool relayed, bool late) external {
        (who, which, whom) = (who % actors.length, which % ACCOUNTS, _memberToBe(whom));
        uint256 until = late ? block.timestamp - 1 : deadline;
        consenting = consenting % 7 == 0 ? who : whom;
        bytes memory consent = _consent(consenting, which, whom, until);
        bool good = actors[consenting].key == actors[whom].key;
        bytes memory data = relayed
            ? _claimSigned(who, which, whom, until, consent)
            : abi.encodeCall(members.claim, (commitmentOf(which), actors[whom].addr, until, consent));
        bool custodial = members.isCustodian(actors[who].addr);
        vm.prank(relayed ? reservoir : actors[who].addr);
        (bool done,) = address(members).call(data);
        if (!done) return;
        if (!custodial) breach = "claimed by no custodian";
        if (!good) breach = "claimed without consent";
        if (late) breach = "claimed too late";
        _handOver(which, whom, Kind.Claim);
    }

    /// @dev One call or two, by the actor or signed, now and then for another nonce or too late.
    function act(uint256 who, uint256 which, uint256 whom, uint256 kind, uint256 kind2, uint256 seed) external {
        (who, which) = (who % actors.length, which % ACCOUNTS);
        if (address(accounts[which]).code.length == 0) return;
        Kind[] memory kinds = new Kind[](1 + (seed & 1));
        kinds[0] = Kind(kind % 4);
        if (kinds.length == 2) kinds[1] = Kind(kind2 % 4);
        Sent memory attempt = Sent({
            which: which,
            nonce: accounts[which].nonce() + (seed % 8 == 7 ? 1 : 0),
            late: seed % 16 == 8,
            data: "",
            by: who,
            kinds: kinds,
            amounts: new uint256[](kinds.length),
            whom: _memberToBe(whom)
        });
        IMemberAccount.Call[] memory calls = new IMemberAccount.Call[](kinds.length);
        for (uint256 i; i < kinds.length; ++i) {
            attempt.amounts[i] = bound(seed >> (8 * i), 0, balanceOf[which] / 2);
            calls[i] = _callOf(attempt, i);
        }
        if (seed & 2 == 0) {
            vm.prank(actors[who].addr);
            (bool done,) = address(accounts[which]).call(abi.encodeCall(IMemberAccount.executeBatch, (calls)));
            if (done) _settle(attempt);
            return;
        }
        uint256 until = attempt.late ? block.timestamp - 1 : deadline;
        address by = actors[who].addr;
        bytes32 digest = MemberSigning.execution(address(accounts[which]), by, calls, attempt.nonce, until);
        bytes memory signature = sign(actors[who].key, digest);
        attempt.data = abi.encodeCall(IMemberAccount.executeSigned, (by, calls, until, signature));
        if (sent.length < KEPT) sent.push(attempt);
        else sent[seed % KEPT] = attempt;
        _send(attempt);
    }

    /// @dev What was signed before, whether it succeeded then or not.
    function sendAgain(uint256 index) external {
        if (sent.length != 0) _send(sent[index % sent.length]);
    }

    function permit(uint256 who, uint256 which, uint256 spender, uint256 amount) external {
        (who, which, spender) = (who % actors.length, which % ACCOUNTS, spender % actors.length);
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        address account_ = address(accounts[which]);
        bytes32 contents =
            keccak256(abi.encode(typeHash, account_, actors[spender].addr, amount, permits[which], deadline));
        bytes memory signature = nested(actors[who].key, account_, contents);
        try token.permit(account_, actors[spender].addr, amount, deadline, signature) {
            ++permits[which];
            if (!_isKeyOf(who, which)) breach = "a permit by another";
            allowanceOf[which][actors[spender].addr] = amount;
        } catch {}
    }

    function spend(uint256 who, uint256 which, uint256 amount) external {
        (who, which) = (who % actors.length, which % ACCOUNTS);
        amount = bound(amount, 1, balanceOf[which] + 1);
        address spender = actors[who].addr;
        vm.prank(spender);
        try token.transferFrom(address(accounts[which]), reservoir, amount) {
            if (amount > allowanceOf[which][spender]) breach = "spent without an allowance";
            else if (allowanceOf[which][spender] != type(uint256).max) allowanceOf[which][spender] -= amount;
            balanceOf[which] -= amount;
        } catch {}
    }

    function commitmentOf(uint256 which) public pure returns (bytes32) {
        return keccak256(abi.encode(which));
    }

    /// @dev A permit as an account signs it, see ERC-7739.
    function nested(uint256 key, address by, bytes32 contents) public view returns (bytes memory) {
        bytes memory type_ = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";
        bytes32 typeHash = keccak256(
            abi.encodePacked(
                "TypedDataSign(Permit contents,string name,string version,uint256 chainId,",
                "address verifyingContract,bytes32 salt)",
                type_
            )
        );
        bytes32 separator = token.DOMAIN_SEPARATOR();
        bytes32 structHash = keccak256(
            abi.encode(typeHash, contents, keccak256("MemberAccount"), keccak256("1"), block.chainid, by, bytes32(0))
        );
        bytes memory signature = sign(key, keccak256(abi.encodePacked(hex"1901", separator, structHash)));
        return abi.encodePacked(signature, separator, contents, type_, uint16(type_.length));
    }

    function _send(Sent memory attempt) private {
        uint256 which = attempt.which;
        uint256 nonce = accounts[which].nonce();
        vm.prank(reservoir);
        (bool done,) = address(accounts[which]).call(attempt.data);
        if (!done) return;
        if (attempt.late) breach = "executed too late";
        if (attempt.nonce != nonce || used[which][nonce]) breach = "a nonce repeats";
        used[which][nonce] = true;
        ++executed[which];
        _settle(attempt);
    }

    function _settle(Sent memory attempt) private {
        (uint256 which, address by) = (attempt.which, actors[attempt.by].addr);
        for (uint256 i; i < attempt.kinds.length; ++i) {
            // As it was before this call: former members and, after the claim, custodians are out.
            bool custodial = memberOf[which] == address(0);
            if (custodial ? !members.isCustodian(by) : by != memberOf[which]) breach = "acted for another's account";
            Kind kind = attempt.kinds[i];
            if (kind == Kind.Transfer) {
                balanceOf[which] -= attempt.amounts[i];
            } else if (kind == Kind.Approve) {
                if (custodial) breach = "a custodian approved";
                allowanceOf[which][actors[attempt.whom].addr] = attempt.amounts[i];
            } else {
                _handOver(which, attempt.whom, kind);
            }
        }
    }

    function _handOver(uint256 which, uint256 whom, Kind kind) private {
        if ((kind == Kind.Claim) != (memberOf[which] == address(0))) breach = "claimed twice, or changed unclaimed";
        memberOf[which] = actors[whom].addr;
        ++handoversOf[which];
    }

    function _callOf(Sent memory attempt, uint256 i) private view returns (IMemberAccount.Call memory) {
        (uint256 which, uint256 whom, uint256 amount) = (attempt.which, attempt.whom, attempt.amounts[i]);
        address account_ = address(accounts[which]);
        Kind kind = attempt.kinds[i];
        if (kind == Kind.Transfer) {
            return IMemberAccount.Call(address(token), 0, transferOf(reservoir, amount));
        }
        if (kind == Kind.Approve) {
            return IMemberAccount.Call(address(token), 0, abi.encodeCall(token.approve, (actors[whom].addr, amount)));
        }
        bytes memory consent = _consent(whom, which, whom, deadline);
        if (kind == Kind.ChangeMember) {
            bytes memory data = abi.encodeCall(IMemberAccount.changeMember, (actors[whom].addr, deadline, consent));
            return IMemberAccount.Call(account_, 0, data);
        }
        return IMemberAccount.Call(address(members), 0, _claimSigned(attempt.by, which, whom, deadline, consent));
    }

    function _claimSigned(uint256 who, uint256 which, uint256 whom, uint256 until, bytes memory consent)
        private
        view
        returns (bytes memory)
    {
        Actor memory custodian_ = actors[who];
        address to = actors[whom].addr;
        bytes32 digest = MemberSigning.claim(address(members), address(accounts[which]), to, until);
        bytes memory signature = sign(custodian_.key, digest);
        return
            abi.encodeCall(members.claimSigned, (commitmentOf(which), to, until, consent, custodian_.addr, signature));
    }

    /// @dev To make `whom` the member, signed by `who`.
    function _consent(uint256 who, uint256 which, uint256 whom, uint256 until) private view returns (bytes memory) {
        address account_ = address(accounts[which]);
        uint256 handovers = account_.code.length == 0 ? 0 : accounts[which].handovers();
        return sign(actors[who].key, MemberSigning.membership(account_, actors[whom].addr, handovers, until));
    }

    /// @dev The key of a contract that is the member signs for it.
    function _isKeyOf(uint256 who, uint256 which) private view returns (bool) {
        for (uint256 i; i < actors.length; ++i) {
            if (actors[i].addr == memberOf[which]) return actors[i].key == actors[who].key;
        }
        return false;
    }

    /// @dev Not the custodians, so that an account that is one's is a breach.
    function _memberToBe(uint256 whom) private view returns (uint256) {
        return CUSTODIANS + whom % (actors.length - CUSTODIANS);
    }
}

contract MemberAccountsInvariantTest is Members {
    AccountsHandler private handler;
    address[] private addresses;

    function setUp() public override {
        super.setUp();
        handler = new AccountsHandler(members, token, manager, owner);
        give(handler.reservoir(), 50_000);
        // One is claimed from the beginning, so that no run goes without.
        handler.deposit(0, 1_000);
        handler.claim(0, 0, 0, 1, false, false);
        assertEq(handler.memberOf(0), handler.accounts(0).member());
        assertNotEq(handler.memberOf(0), address(0));
        for (uint256 which; which < handler.ACCOUNTS(); ++which) {
            addresses.push(members.accountOf(handler.commitmentOf(which)));
        }
        bytes4[] memory actions = new bytes4[](8);
        (actions[0], actions[1]) = (handler.create.selector, handler.deposit.selector);
        (actions[2], actions[3]) = (handler.appoint.selector, handler.claim.selector);
        (actions[4], actions[5]) = (handler.act.selector, handler.sendAgain.selector);
        (actions[6], actions[7]) = (handler.permit.selector, handler.spend.selector);
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), actions));
    }

    function invariant_AccountsHold() public view {
        aClaimedAccountIsOutOfTheCustodiansReach();
        anAccountIsWhoseItWasHandedTo();
        anAccountsAddressNeverChanges();
        noncesNeverRepeat();
    }

    /// @dev Nobody did what only another may, and each account holds and allows what whoever could act for it left.
    function aClaimedAccountIsOutOfTheCustodiansReach() private view {
        assertEq(handler.breach(), "");
        for (uint256 which; which < addresses.length; ++which) {
            assertEq(token.balanceOf(addresses[which]), handler.balanceOf(which));
            for (uint256 who; who < handler.CUSTODIANS(); ++who) {
                (address addr,) = handler.actors(who);
                assertEq(token.allowance(addresses[which], addr), handler.allowanceOf(which, addr));
            }
        }
    }

    /// @dev However a run ends, each custodian who then tries is refused.
    function afterInvariant() public {
        for (uint256 which; which < addresses.length; ++which) {
            for (uint256 who; who < handler.CUSTODIANS(); ++who) {
                (address addr, uint256 key) = handler.actors(who);
                if (handler.memberOf(which) != address(0)) refused(IMemberAccount(addresses[which]), addr, key);
            }
        }
    }

    function anAccountIsWhoseItWasHandedTo() private view {
        for (uint256 which; which < addresses.length; ++which) {
            if (addresses[which].code.length == 0) continue;
            assertEq(IMemberAccount(addresses[which]).member(), handler.memberOf(which));
            assertEq(IMemberAccount(addresses[which]).handovers(), handler.handoversOf(which));
        }
    }

    function anAccountsAddressNeverChanges() private view {
        bytes memory code = abi.encodePacked(
            hex"363d3d373d3d3d363d73", members.implementation(), hex"5af43d82803e903d91602b57fd5bf3", members
        );
        for (uint256 which; which < addresses.length; ++which) {
            assertEq(members.accountOf(handler.commitmentOf(which)), addresses[which]);
            if (addresses[which].code.length != 0) assertEq(addresses[which].code, code);
            else assertEq(handler.memberOf(which), address(0));
        }
        assertEq(addresses[0].code, code);
    }

    function noncesNeverRepeat() private view {
        for (uint256 which; which < addresses.length; ++which) {
            if (addresses[which].code.length == 0) continue;
            assertEq(IMemberAccount(addresses[which]).nonce(), handler.executed(which));
        }
    }

    function refused(IMemberAccount account_, address custodian_, uint256 key) private {
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(custodian_, 0));
        bytes memory signature = signExecution(key, account_, calls, account_.nonce());
        expectNotMember(custodian_);
        account_.executeSigned(custodian_, calls, deadline, signature);
        vm.startPrank(custodian_);
        expectNotMember(custodian_);
        account_.execute(address(token), 0, calls[0].data);
        expectNotMember(custodian_);
        account_.changeMember(custodian_, deadline, "");
        vm.stopPrank();
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), ROOT));
        signature = handler.nested(key, address(account_), ROOT);
        assertNotEq(account_.isValidSignature(digest, signature), IERC1271.isValidSignature.selector);
    }
}
