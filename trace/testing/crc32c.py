"""Computes the check sum of dumps."""


def crc32c(data: bytes) -> int:
    """Returns the CRC-32C of @p data, computed bit by bit (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
