// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// Compiled as it is shipped, for Creation. Tests import its interface alone, or it would be compiled as they are too.
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
