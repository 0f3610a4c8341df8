//! Where the fields of CSV records stand in a block of bytes (RFC 4180, commas).
//!
//! The scanner knows regular text only. Anything else is [`Irregular`]: the caller reads such a file again with a reader that
//! can say what is wrong and where.

use crate::spans::{DOUBLED, Irregular, MOST_BYTES, Span, special};

/// Finds fields, and keeps those of the columns that are wanted.
pub struct Scanner {
    /// For each place in a record the wanted column it is, or `UNWANTED`.
    columns: Vec<u32>,
    spans: Vec<Vec<Span>>,
    multiline: bool,
    most: usize,
    rows: usize,
}

const UNWANTED: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq)]
enum State {
    Plain,
    Quoted,
    /// Behind a quote inside quotes, which stands there.
    Closing(usize),
    /// Between the carriage return and the line feed behind a closing quote.
    Return,
}

impl Scanner {
    /// Records of `width` fields, of which those at `places` are wanted, at most `most` records at a time.
    pub fn new(width: usize, places: &[usize], multiline: bool, most: usize) -> Self {
        let mut columns = vec![UNWANTED; width];
        // A place that is wanted twice is kept once; `spans` finds it by its place.
        let mut distinct = 0;
        for place in places {
            if columns[*place] == UNWANTED {
                columns[*place] = distinct;
                distinct += 1;
            }
        }
        Scanner { columns, spans: vec![vec![Span::default(); most]; distinct as usize], multiline, most, rows: 0 }
    }

    /// How many records the last scan found.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The fields at `place` of the last scan's records; `place` must be one that is wanted.
    pub fn spans(&self, place: usize) -> &[Span] {
        &self.spans[self.columns[place] as usize][..self.rows]
    }

    /// Takes whole records from the start of `block`: how many bytes they fill. `last` says that the block is the file's end,
    /// where a record needs no line end.
    pub fn scan(&mut self, block: &[u8], last: bool) -> Result<usize, Irregular> {
        debug_assert!(block.len() <= MOST_BYTES);
        self.rows = 0;
        let mut record = Record { at: 0, field: 0, fields: 0, quoted: false, doubled: false };
        let (mut state, mut begin) = (State::Plain, 0);
        while begin < block.len() {
            let mut mask = match block.get(begin..begin + 64) {
                Some(chunk) => special(chunk.try_into().map_err(|_| Irregular)?),
                None => {
                    let mut padded = [0; 64];
                    padded[..block.len() - begin].copy_from_slice(&block[begin..]);
                    special(&padded)
                }
            };
            while mask != 0 {
                let at = begin + mask.trailing_zeros() as usize;
                mask &= mask - 1;
                let byte = block[at];
                match state {
                    State::Plain => match byte {
                        b',' => self.field(&mut record, at, at + 1)?,
                        b'\n' => {
                            let end = if at > record.field && block[at - 1] == b'\r' { at - 1 } else { at };
                            self.field(&mut record, end, at + 1)?;
                            if self.end(&mut record, block, at + 1)? {
                                return Ok(record.at);
                            }
                        }
                        b'"' if at == record.field => {
                            state = State::Quoted;
                            record.field = at + 1;
                            record.quoted = true;
                        }
                        // Inside a field a quote is a character like any other.
                        b'"' => {}
                        _ => match block.get(at + 1) {
                            Some(b'\n') => {}
                            None if !last => return Ok(record.at),
                            // At the end of the file it ends the line.
                            None => {}
                            _ => return Err(Irregular),
                        },
                    },
                    State::Quoted => match byte {
                        b'"' => state = State::Closing(at),
                        b',' => {}
                        _ if self.multiline => {}
                        _ => return Err(Irregular),
                    },
                    State::Closing(quote) => {
                        if at != quote + 1 {
                            return Err(Irregular);
                        }
                        match byte {
                            b'"' => {
                                record.doubled = true;
                                state = State::Quoted;
                            }
                            b',' => {
                                self.field(&mut record, quote, at + 1)?;
                                state = State::Plain;
                            }
                            b'\n' => {
                                self.field(&mut record, quote, at + 1)?;
                                state = State::Plain;
                                if self.end(&mut record, block, at + 1)? {
                                    return Ok(record.at);
                                }
                            }
                            _ => match block.get(at + 1) {
                                Some(b'\n') => {
                                    self.field(&mut record, quote, at + 1)?;
                                    state = State::Return;
                                }
                                None if !last => return Ok(record.at),
                                None => {}
                                _ => return Err(Irregular),
                            },
                        }
                    }
                    State::Return => {
                        state = State::Plain;
                        if self.end(&mut record, block, at + 1)? {
                            return Ok(record.at);
                        }
                    }
                }
            }
            begin += 64;
        }
        if last && record.at < block.len() {
            let end = block.len() - usize::from(block.ends_with(b"\r"));
            match state {
                State::Quoted | State::Return => return Err(Irregular),
                State::Closing(quote) if quote + 1 != end => return Err(Irregular),
                State::Closing(quote) => self.field(&mut record, quote, block.len())?,
                State::Plain => {
                    let end = end.max(record.field);
                    self.field(&mut record, end, block.len())?;
                }
            }
            self.end(&mut record, block, block.len())?;
        }
        Ok(record.at)
    }

    #[inline]
    fn field(&mut self, record: &mut Record, end: usize, next: usize) -> Result<(), Irregular> {
        let Some(column) = self.columns.get(record.fields) else { return Err(Irregular) };
        if *column != UNWANTED {
            let flag = if record.doubled { DOUBLED } else { 0 };
            self.spans[*column as usize][self.rows] = Span { start: record.field as u32, end: end as u32 | flag };
        }
        record.fields += 1;
        record.field = next;
        record.doubled = false;
        Ok(())
    }

    /// Ends a record; true when there is room for no other.
    #[inline]
    fn end(&mut self, record: &mut Record, block: &[u8], next: usize) -> Result<bool, Irregular> {
        let blank = |bytes: &[u8]| bytes.iter().all(|b| matches!(b, b' ' | b'\t' | 0x0b | 0x0c | b'\r' | b'\n'));
        if record.fields == 1 && !record.quoted && blank(&block[record.at..next]) {
            // A line with nothing on it is no record.
        } else if record.fields == self.columns.len() {
            self.rows += 1;
        } else {
            return Err(Irregular);
        }
        *record = Record { at: next, field: next, fields: 0, quoted: false, doubled: false };
        Ok(self.rows == self.most)
    }
}

/// The record being read.
struct Record {
    /// Where it starts.
    at: usize,
    /// Where its last field starts.
    field: usize,
    /// How many fields are complete.
    fields: usize,
    quoted: bool,
    doubled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `text` in blocks of at most `block` bytes, as a reader does.
    fn read(
        text: &str,
        width: usize,
        multiline: bool,
        block: usize,
        most: usize,
    ) -> Result<Vec<Vec<String>>, Irregular> {
        let places: Vec<usize> = (0..width).collect();
        let mut scanner = Scanner::new(width, &places, multiline, most);
        let (mut at, mut size, mut rows) = (0, block, Vec::new());
        while at < text.len() {
            let end = (at + size).min(text.len());
            let used = scanner.scan(&text.as_bytes()[at..end], end == text.len())?;
            for row in 0..scanner.rows() {
                let field = |place: &usize| {
                    let span = scanner.spans(*place)[row];
                    let found = &text[at + span.start()..at + span.end()];
                    if span.doubled() { found.replace("\"\"", "\"") } else { found.to_string() }
                };
                rows.push(places.iter().map(field).collect());
            }
            at += used;
            size = if used == 0 { size * 2 } else { block };
        }
        Ok(rows)
    }

    fn shown(text: &str, width: usize) -> String {
        let whole = read(text, width, false, 1 << 20, 100);
        for block in [1, 2, 3, 7, 64, 65] {
            assert_eq!(read(text, width, false, block, 2).ok(), whole.clone().ok(), "{text:?} in blocks of {block}");
        }
        match whole {
            Ok(rows) => rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("/"),
            Err(Irregular) => "irregular".into(),
        }
    }

    #[test]
    fn regular_text() {
        for (text, width, expected) in [
            ("a,b\nc,d\n", 2, "a|b/c|d"),
            ("a,b\r\nc,d", 2, "a|b/c|d"),
            ("\"a,\"\"x\"\"\",\"b\"\r\n,\n", 2, "a,\"x\"|b/|"),
            ("\"\",\"\"\n", 2, "|"),
            ("a\"b,c\"\n", 2, "a\"b|c\""),
            ("\n \t\na,b\n\r\n", 2, "a|b"),
            ("a\n\nb\n", 1, "a/b"),
            ("\"\"\n\n", 1, ""),
            ("é🎵,\"ü\"", 2, "é🎵|ü"),
            ("\"a\"\r\n\"b\"\r\n", 1, "a/b"),
            ("a,b\r", 2, "a|b"),
            ("a,\"b\"\r", 2, "a|b"),
        ] {
            assert_eq!(shown(text, width), expected, "{text:?}");
        }
        assert_eq!(read("\"a\nb\",\"c\r\n\"\n", 2, true, 3, 9).unwrap(), [["a\nb", "c\r\n"]]);
        let long = format!("{},{}\r\n", "x".repeat(61), "y".repeat(200)).repeat(40);
        assert_eq!(read(&long, 2, false, 1000, 7).unwrap().len(), 40);
        let quoted = format!("\"{}\"\r\n", "z".repeat(60)).repeat(9);
        assert_eq!(read(&quoted, 1, false, 1000, 7).unwrap().len(), 9);
    }

    #[test]
    fn irregular_text() {
        for (text, width) in [
            ("a\n", 2),
            ("a,b,c\n", 2),
            ("a,\"b\nc\"\n", 2),
            ("a,\"b", 2),
            ("a,\"b\"x\n", 2),
            ("a\rb,c\n", 2),
            ("\"a\" ,b\n", 2),
            ("\"a\"\rb\n", 1),
            ("\"\"x\n", 1),
        ] {
            assert_eq!(shown(text, width), "irregular", "{text:?}");
        }
    }

    #[test]
    fn unwanted_places_are_skipped() {
        let mut scanner = Scanner::new(3, &[2, 0], false, 8);
        let block = b"a,b,c\nd,e,f\n";
        assert_eq!(scanner.scan(block, true), Ok(12));
        let text = |place: usize| scanner.spans(place).iter().map(|s| block[s.start()] as char).collect::<String>();
        assert_eq!((text(2), text(0)), ("cf".into(), "ad".into()));
    }
}
