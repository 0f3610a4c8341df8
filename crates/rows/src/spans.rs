//! What the scanner finds: places of fields, and the bytes that part them.

/// A block holds something that is not regular CSV of the expected width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Irregular;

/// The most bytes of a block.
pub const MOST_BYTES: usize = (1 << 31) - 1;

/// Marks a field that holds doubled quotes.
pub(crate) const DOUBLED: u32 = 1 << 31;

/// One field in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub(crate) start: u32,
    /// With [`DOUBLED`] when the field holds such.
    pub(crate) end: u32,
}

impl Span {
    /// Where it starts.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Where it ends.
    pub fn end(self) -> usize {
        (self.end & !DOUBLED) as usize
    }

    /// Whether quotes inside it are doubled.
    pub fn doubled(self) -> bool {
        self.end & DOUBLED != 0
    }
}

/// A bit for each comma, quote and line end.
#[inline]
pub(crate) fn special(chunk: &[u8; 64]) -> u64 {
    let mut found = [0u8; 64];
    for (flag, byte) in found.iter_mut().zip(chunk) {
        *flag = u8::from(*byte == b',') | u8::from(*byte == b'"') | u8::from(*byte == b'\n') | u8::from(*byte == b'\r');
    }
    let mut mask = 0;
    for (i, flags) in found.as_chunks::<8>().0.iter().enumerate() {
        // Eight bytes of 0 or 1 to eight bits.
        mask |= (u64::from_le_bytes(*flags).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * i);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_bytes_are_found() {
        let mut chunk = [b'x'; 64];
        for (at, byte) in [(0, b','), (7, b'"'), (8, b'\n'), (33, b'\r'), (63, b',')] {
            chunk[at] = byte;
        }
        assert_eq!(special(&chunk), 1 | 1 << 7 | 1 << 8 | 1 << 33 | 1 << 63);
        // Every other byte is none, those that differ in one bit included.
        for byte in (0..=u8::MAX).filter(|byte| !b",\"\n\r".contains(byte)) {
            assert_eq!(special(&[byte; 64]), 0, "{byte}");
        }
    }
}
