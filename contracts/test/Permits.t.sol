// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IPermit} from "../src/interfaces/IPermit.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {ContractAccount, Signing} from "./Signing.sol";

/// @notice ERC-2612 and ERC-5267.
///
/// permit ─ too late │ other signer │ other terms │ twice │ zero owner │ zero spender │ malleable │ other domain ── revert
///        └ last second │ by a contract, both forms │ by a key with code (EIP-7702) │ sent by anyone
/// domain ─ name │ too long a name │ another chain
contract PermitsTest is Signing {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    function test_Permit() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(signer.addr, bob, 5, 0, block.timestamp));
        vm.expectEmit(address(token));
        emit IERC20.Approval(signer.addr, bob, 5);
        vm.prank(stranger);
        token.permit(signer.addr, bob, 5, block.timestamp, v, r, s);
        assertEq(token.allowance(signer.addr, bob), 5);
        assertEq(token.nonces(signer.addr), 1);
    }

    function test_RevertWhen_PermitIsLate() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(signer.addr, bob, 5, 0, block.timestamp - 1));
        vm.expectRevert(abi.encodeWithSelector(IPermit.PermitExpired.selector, block.timestamp - 1, block.timestamp));
        token.permit(signer.addr, bob, 5, block.timestamp - 1, v, r, s);
    }

    function test_RevertWhen_PermitIsRepeated() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(signer.addr, bob, 5, 0, block.timestamp));
        token.permit(signer.addr, bob, 5, block.timestamp, v, r, s);
        expectInvalid(signer.addr);
        token.permit(signer.addr, bob, 5, block.timestamp, v, r, s);
    }

    function test_RevertWhen_SignerIsAnother() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(alice, bob, 5, 0, block.timestamp));
        expectInvalid(alice);
        token.permit(alice, bob, 5, block.timestamp, v, r, s);
    }

    function test_RevertWhen_OwnerIsZero() public {
        expectInvalid(address(0));
        token.permit(address(0), bob, 5, block.timestamp, 27, bytes32(0), bytes32(0));
    }

    function test_RevertWhen_SpenderIsZero() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(signer.addr, address(0), 5, 0, block.timestamp));
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        token.permit(signer.addr, address(0), 5, block.timestamp, v, r, s);
    }

    function test_RevertWhen_SignatureIsTheOtherOfItsPair() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(signer.addr, bob, 5, 0, block.timestamp));
        s = bytes32(2 * HALF_ORDER + 1 - uint256(s));
        expectInvalid(signer.addr);
        token.permit(signer.addr, bob, 5, block.timestamp, v == 27 ? 28 : 27, r, s);
    }

    function test_RevertWhen_SignedForAnotherTokenOrChain() public {
        IPointsToken other = createPointsToken(pointsTerms(), parts());
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(signer.addr, bob, 5, 0, block.timestamp));
        expectInvalid(signer.addr);
        other.permit(signer.addr, bob, 5, block.timestamp, v, r, s);
        vm.chainId(block.chainid + 1);
        expectInvalid(signer.addr);
        token.permit(signer.addr, bob, 5, block.timestamp, v, r, s);
    }

    function test_ContractPermits() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(contractAccount, bob, 5, 0, block.timestamp));
        token.permit(contractAccount, bob, 5, block.timestamp, v, r, s);
        bytes memory signature = bytes.concat(hex"00", signed(permitHash(contractAccount, bob, 6, 1, block.timestamp)));
        token.permit(contractAccount, bob, 6, block.timestamp, signature);
        assertEq(token.allowance(contractAccount, bob), 6);
        expectInvalid(contractAccount);
        token.permit(contractAccount, bob, 6, block.timestamp, signature);
    }

    function test_RevertWhen_ContractHasNoSignatures() public {
        expectInvalid(address(rules));
        token.permit(address(rules), bob, 5, block.timestamp, 27, bytes32(uint256(1)), bytes32(uint256(1)));
    }

    /// @dev Code of an account that knows nothing of ERC-1271 must not take its key's permits away.
    function test_KeyPermitsThoughItsAccountHasCode() public {
        vm.etch(signer.addr, address(rules).code);
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(signer.addr, bob, 5, 0, block.timestamp));
        token.permit(signer.addr, bob, 5, block.timestamp, v, r, s);
        assertEq(token.allowance(signer.addr, bob), 5);
    }

    function test_Domain() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chainId, address verifying,,) =
            token.eip712Domain();
        assertEq(fields, bytes1(0x0f));
        assertEq(name, token.name());
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifying, address(token));
        bytes32 separator =
            keccak256(abi.encode(DOMAIN, keccak256("Points"), keccak256("1"), block.chainid, address(token)));
        assertEq(token.DOMAIN_SEPARATOR(), separator);
    }

    function test_LongNameSignsUnderTheSymbol() public {
        string memory fits = "0123456789012345678901234567890";
        assertEq(domainName(fits), fits);
        assertEq(domainName(string.concat(fits, "1")), "PTS");
    }

    function testFuzz_OnlyWhatWasSigned(uint256 value, uint256 deadline, uint256 other, uint8 field) public {
        deadline = bound(deadline, block.timestamp, type(uint256).max - 1);
        (uint8 v, bytes32 r, bytes32 s) = sign(permitHash(signer.addr, bob, value, 0, deadline));
        uint256 snapshot = vm.snapshotState();
        token.permit(signer.addr, bob, value, deadline, v, r, s);
        assertEq(token.allowance(signer.addr, bob), value);
        vm.revertToState(snapshot);

        field %= 4;
        address spender = field == 0 ? address(uint160(bound(other, 1, type(uint160).max))) : bob;
        uint256 value2 = field == 1 ? other : value;
        uint256 deadline2 = field == 2 ? bound(other, block.timestamp, type(uint256).max) : deadline;
        bytes32 s2 = field == 3 ? bytes32(other) : s;
        vm.assume(spender != bob || value2 != value || deadline2 != deadline || s2 != s);
        expectInvalid(signer.addr);
        token.permit(signer.addr, spender, value2, deadline2, v, r, s2);
    }

    function domainName(string memory tokenName) private returns (string memory name) {
        PointsTerms memory terms = pointsTerms();
        terms.name = tokenName;
        IPointsToken named = createPointsToken(terms, parts());
        assertEq(named.name(), tokenName);
        (, name,,,,,) = named.eip712Domain();
    }

    function expectInvalid(address account) private {
        vm.expectRevert(abi.encodeWithSelector(IPermit.InvalidSignature.selector, account));
    }

    function permitHash(address account, address spender, uint256 value, uint256 nonce, uint256 deadline)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(PERMIT, account, spender, value, nonce, deadline));
    }
}
