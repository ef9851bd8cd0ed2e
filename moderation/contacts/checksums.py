"""Checksums that addresses carry, so that no other run of letters passes for one.

Sources: Bitcoin's Base58Check, BIP-173 (bech32), BIP-350 (bech32m), EIP-55 (mixed case as a checksum).
"""

from __future__ import annotations

import hashlib

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANTS = (1, 0x2BC830A3)
_BASE58_VERSIONS = (0x00, 0x05, 0x41, 0x30, 0x32, 0x1E, 0x16)
"""Bitcoin, Bitcoin script, TRON, Litecoin, Litecoin script, Dogecoin, Dogecoin script."""


def is_base58check(address: str) -> bool:
    """Whether `address` is 20 bytes under a known version and their checksum."""
    number = 0
    for char in address:
        digit = _BASE58.find(char)
        if digit < 0:
            return False
        number = number * 58 + digit
    if number >> 200:
        return False
    raw = number.to_bytes(25, "big")
    leading = len(address) - len(address.lstrip("1"))
    whole = leading == len(raw) - len(raw.lstrip(b"\0"))
    return whole and raw[0] in _BASE58_VERSIONS and _double_sha256(raw[:21])[:4] == raw[21:]


def _double_sha256(raw: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(raw).digest()).digest()


def is_bech32(address: str) -> bool:
    """Whether `address`, in lower case, ends in its checksum (either constant)."""
    prefix, _, data = address.rpartition("1")
    values = [_BECH32.find(char) for char in data]
    if not prefix or len(values) < 7 or -1 in values:
        return False
    expanded = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    return _polymod(expanded + values) in _BECH32_CONSTANTS


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            check ^= generator if (top >> bit) & 1 else 0
    return check


def is_eip55(address: str) -> bool:
    """Whether the case of `0x` and 40 hexadecimal digits is right; one case throughout carries no checksum."""
    digits = address[2:]
    if digits in {digits.lower(), digits.upper()}:
        return True
    from Crypto.Hash import keccak  # 16 MB of ciphers beside it: loaded where somebody wrote such an address

    nibbles = keccak.new(digest_bits=256, data=digits.lower().encode()).hexdigest()
    return all(
        char.isupper() == (int(nibble, 16) > 7) for char, nibble in zip(digits, nibbles, strict=False) if char.isalpha()
    )
