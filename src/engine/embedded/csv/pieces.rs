//! Files cut into pieces that several threads read side by side.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The pieces of one reading; each is read by whoever comes for it.
pub struct Pieces {
    pieces: Vec<(usize, Range<u64>)>,
    next: AtomicUsize,
}

impl Pieces {
    /// Cuts each file, of which `ranges` are to be read, into pieces of at most `size` bytes.
    pub fn new(ranges: impl Iterator<Item = Range<u64>>, size: u64) -> Self {
        let mut pieces = Vec::new();
        for (number, range) in ranges.enumerate() {
            let mut at = range.start;
            while at < range.end {
                let next = at.saturating_add(size).min(range.end);
                pieces.push((number, at..next));
                at = next;
            }
        }
        Pieces { pieces, next: AtomicUsize::new(0) }
    }

    /// How many; one at least.
    pub fn count(&self) -> usize {
        self.pieces.len().max(1)
    }

    /// The next piece: the file's number, and the bytes.
    pub fn next(&self) -> Option<(usize, Range<u64>)> {
        self.pieces.get(self.next.fetch_add(1, Ordering::Relaxed)).cloned()
    }
}

/// Where the first line begins at or behind `at`, which is not the file's start.
pub fn line_after(file: &mut File, at: u64) -> std::io::Result<u64> {
    let mut from = at - 1;
    file.seek(SeekFrom::Start(from))?;
    let mut chunk = vec![0; 4096];
    loop {
        let read = file.read(&mut chunk)?;
        if let Some(found) = chunk[..read].iter().position(|byte| *byte == b'\n') {
            return Ok(from + found as u64 + 1);
        }
        from += read as u64;
        if read == 0 {
            return Ok(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_files() {
        let pieces = Pieces::new([3..10, 5..5, 0..4].into_iter(), 4);
        let all: Vec<_> = std::iter::from_fn(|| pieces.next()).collect();
        assert_eq!(all, [(0, 3..7), (0, 7..10), (2, 0..4)]);
        assert_eq!((pieces.count(), Pieces::new(std::iter::empty(), 4).count()), (3, 1));
        assert_eq!(Pieces::new(std::iter::once(1..1 << 40), u64::MAX).next(), Some((0, 1..1 << 40)));
    }

    #[test]
    fn a_line_begins_behind_a_line_feed() {
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, format!("a\nbb\n{}\nd", "c".repeat(9000)).as_bytes()).unwrap();
        for (at, expected) in [(1, 2), (2, 2), (3, 5), (5, 5), (6, 9006), (9006, 9006), (9007, 9007)] {
            assert_eq!(line_after(&mut file, at).unwrap(), expected, "{at}");
        }
    }
}
