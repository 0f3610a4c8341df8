//! RFC 4180, strictly, record by record, from bytes that stream past.
//!
//! Written out rather than taken from the `csv` crate because that one tells neither an unterminated quote nor text
//! behind a closing one, and skips over both.

use std::io::BufRead;

use super::super::fault::Fault;

/// One record; reused from read to read.
#[derive(Debug, Default)]
pub struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    quoted: bool,
    /// The line it starts on, from 1.
    pub line: u64,
    /// Its number among the file's records that are not blank lines; the header is 0.
    pub number: u64,
}

impl Record {
    /// How many fields it has.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// Field `index`, or `None` when it is not UTF-8.
    pub fn field(&self, index: usize) -> Option<&str> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        std::str::from_utf8(&self.bytes[start..self.ends[index]]).ok()
    }

    /// A line with nothing on it but, at most, white space.
    fn is_blank(&self) -> bool {
        let blank = |b: &u8| matches!(b, b' ' | b'\t' | 0x0b | 0x0c | b'\r');
        self.ends.len() == 1 && !self.quoted && self.bytes.iter().all(blank)
    }

    fn clear(&mut self, line: u64) {
        self.bytes.clear();
        self.ends.clear();
        self.quoted = false;
        self.line = line;
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Before the first byte of a field.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote that closes the field, or is the first of a doubled one.
    Closing,
    /// Behind a carriage return that ended the last field.
    Return,
}

/// Reads records from `input`, which no byte order mark precedes.
pub struct Records<R> {
    input: R,
    file: String,
    multiline: bool,
    line: u64,
    records: u64,
    state: State,
    opened: u64,
    consumed: u64,
}

impl<R: BufRead> Records<R> {
    /// `file` is the name faults speak of; without `multiline` a newline between quotes is one.
    pub fn new(input: R, file: impl Into<String>, multiline: bool) -> Self {
        Records {
            input,
            file: file.into(),
            multiline,
            line: 1,
            records: 0,
            state: State::Start,
            opened: 0,
            consumed: 0,
        }
    }

    /// Reads the next record that is not a blank line; false at the end.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, Fault> {
        loop {
            record.clear(self.line);
            self.state = State::Start;
            if !self.record(record)? {
                return Ok(false);
            }
            if !record.is_blank() {
                record.number = self.records;
                self.records += 1;
                return Ok(true);
            }
        }
    }

    /// How many bytes the records so far take.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    fn record(&mut self, record: &mut Record) -> Result<bool, Fault> {
        loop {
            let chunk = self.input.fill_buf().map_err(|e| Fault::io("read", &self.file, &e))?;
            if chunk.is_empty() {
                return self.end(record);
            }
            // The state machine borrows everything but the input, which lends the chunk.
            let mut machine = Machine {
                file: &self.file,
                multiline: self.multiline,
                line: &mut self.line,
                state: &mut self.state,
                opened: &mut self.opened,
            };
            let (used, complete) = machine.feed(chunk, record)?;
            self.input.consume(used);
            self.consumed += used as u64;
            if complete {
                return Ok(true);
            }
        }
    }

    /// Goes behind the line in which the last read failed.
    pub fn skip_line(&mut self) -> Result<(), Fault> {
        // What was read of the line in vain is still in the buffer, or was consumed with an earlier one: the first line feed
        // that is there ends it.
        loop {
            let chunk = self.input.fill_buf().map_err(|e| Fault::io("read", &self.file, &e))?;
            let (length, end) = match chunk.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (chunk.len(), chunk.is_empty()),
            };
            self.input.consume(length);
            if end {
                self.line += 1;
                return Ok(());
            }
        }
    }

    fn end(&mut self, record: &mut Record) -> Result<bool, Fault> {
        match self.state {
            State::Start if record.ends.is_empty() => return Ok(false),
            State::Quoted => {
                let message = format!("`{}`: the quote opened on line {} is never closed", self.file, self.opened);
                return Err(Fault::data("unterminated-quote", message).with_expected("a closing `\"`"));
            }
            // A carriage return at the end of the file ends the line.
            State::Return => {}
            State::Start | State::Plain | State::Closing => record.ends.push(record.bytes.len()),
        }
        Ok(true)
    }
}

fn bare_return(file: &str, line: u64) -> Fault {
    Fault::data("bare-carriage-return", format!("`{file}` line {line}: a carriage return without a line feed"))
        .with_expected("lines that end in LF or CRLF, or quotes around a field that holds a carriage return")
}

struct Machine<'a> {
    file: &'a str,
    multiline: bool,
    line: &'a mut u64,
    state: &'a mut State,
    opened: &'a mut u64,
}

impl Machine<'_> {
    /// Takes bytes of `chunk` up to the record's end: how many, and whether the end was among them.
    fn feed(&mut self, chunk: &[u8], record: &mut Record) -> Result<(usize, bool), Fault> {
        let mut at = 0;
        while at < chunk.len() {
            match *self.state {
                State::Start if chunk[at] == b'"' => {
                    *self.state = State::Quoted;
                    *self.opened = *self.line;
                    record.quoted = true;
                    at += 1;
                }
                State::Start => *self.state = State::Plain,
                State::Plain => {
                    let rest = &chunk[at..];
                    let length = rest.iter().position(|b| matches!(b, b',' | b'\n' | b'\r')).unwrap_or(rest.len());
                    record.bytes.extend_from_slice(&rest[..length]);
                    at += length;
                    if at < chunk.len() {
                        at += 1;
                        if self.separator(chunk[at - 1], record) {
                            return Ok((at, true));
                        }
                    }
                }
                State::Quoted => {
                    let rest = &chunk[at..];
                    let length = rest.iter().position(|b| matches!(b, b'"' | b'\n' | b'\r')).unwrap_or(rest.len());
                    record.bytes.extend_from_slice(&rest[..length]);
                    at += length;
                    if at < chunk.len() {
                        at += 1;
                        self.in_quotes(chunk[at - 1], record)?;
                    }
                }
                State::Closing => {
                    at += 1;
                    match chunk[at - 1] {
                        b'"' => {
                            record.bytes.push(b'"');
                            *self.state = State::Quoted;
                        }
                        byte @ (b',' | b'\n' | b'\r') => {
                            if self.separator(byte, record) {
                                return Ok((at, true));
                            }
                        }
                        _ => return Err(self.behind_quote()),
                    }
                }
                State::Return => {
                    if chunk[at] != b'\n' {
                        return Err(bare_return(self.file, *self.line));
                    }
                    *self.line += 1;
                    return Ok((at + 1, true));
                }
            }
        }
        Ok((at, false))
    }

    /// Ends a field at `,`, LF or CR; true when that ends the record.
    fn separator(&mut self, byte: u8, record: &mut Record) -> bool {
        record.ends.push(record.bytes.len());
        *self.state = if byte == b'\r' { State::Return } else { State::Start };
        *self.line += u64::from(byte == b'\n');
        byte == b'\n'
    }

    /// A quote or a line end between quotes.
    fn in_quotes(&mut self, byte: u8, record: &mut Record) -> Result<(), Fault> {
        if byte == b'"' {
            *self.state = State::Closing;
            return Ok(());
        }
        if !self.multiline {
            let message = format!("`{}` line {}: a quoted field goes on in the next line", self.file, *self.line);
            return Err(Fault::data("quoted-newline", message)
                .with_help("set `multiline: true` on the source if its fields hold newlines; else close the quote"));
        }
        *self.line += u64::from(byte == b'\n');
        record.bytes.push(byte);
        Ok(())
    }

    fn behind_quote(&self) -> Fault {
        let message = format!("`{}` line {}: text stands behind a closing quote", self.file, *self.line);
        Fault::data("bad-quote", message)
            .with_expected("a comma or a line end there; a quote inside quotes is doubled: `\"\"`")
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn all(text: &[u8], multiline: bool, capacity: usize) -> Result<Vec<Vec<String>>, Fault> {
        let mut records = Records::new(BufReader::with_capacity(capacity, text), "t.csv", multiline);
        let (mut record, mut rows) = (Record::default(), Vec::new());
        while records.read(&mut record)? {
            rows.push((0..record.width()).map(|i| record.field(i).unwrap_or("<bad>").to_string()).collect());
        }
        Ok(rows)
    }

    fn show(text: &str, multiline: bool) -> String {
        let whole = all(text.as_bytes(), multiline, 1 << 16);
        for capacity in [1, 2, 3] {
            assert_eq!(all(text.as_bytes(), multiline, capacity), whole, "in pieces of {capacity}");
        }
        match whole {
            Ok(rows) => rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join(" / "),
            Err(fault) => format!("{}: {}", fault.code, fault.message),
        }
    }

    #[test]
    fn records_as_rfc_4180_has_them() {
        assert_eq!(show("a,b\n1,2\n", false), "a|b / 1|2");
        assert_eq!(show("a,b\r\n1,2", false), "a|b / 1|2");
        assert_eq!(show("a,b\r\n1,2\r", false), "a|b / 1|2");
        assert_eq!(show("\"a\"\"b\",\"\",\r\n", false), "a\"b||");
        assert_eq!(show("12\" vinyl,x\n", false), "12\" vinyl|x");
        assert_eq!(show(" a , b \n", false), " a | b ");
        assert_eq!(show("a,\n,b\n,", false), "a| / |b / |");
        assert_eq!(show("\"x\"", false), "x");
        assert_eq!(show("", false), "");
    }

    #[test]
    fn blank_lines_are_no_records() {
        assert_eq!(show("\n\na\n \t\n\"\"\r\n\r\n", false), "a / ");
        assert_eq!(show("a\n \n\n\"\"\n\" \"\n", true), "a /  /  ");
    }

    #[test]
    fn newlines_between_quotes() {
        assert_eq!(show("a\n\"1\r\n2\"\n", true), "a / 1\r\n2");
        assert_eq!(
            show("a\n\"1\n2\"\n", false),
            "quoted-newline: `t.csv` line 2: a quoted field goes on in the next line"
        );
        assert_eq!(
            show("a\n\"1\r2\"\n", false),
            "quoted-newline: `t.csv` line 2: a quoted field goes on in the next line"
        );
    }

    #[test]
    fn what_is_malformed_is_refused() {
        assert_eq!(show("a\n\"1", false), "unterminated-quote: `t.csv`: the quote opened on line 2 is never closed");
        assert_eq!(
            show("a\nb\n\"1\n2\n", true),
            "unterminated-quote: `t.csv`: the quote opened on line 3 is never closed"
        );
        assert_eq!(show("a,\"b\"c\n", false), "bad-quote: `t.csv` line 1: text stands behind a closing quote");
        assert_eq!(
            show("a\rb\n", false),
            "bare-carriage-return: `t.csv` line 1: a carriage return without a line feed"
        );
    }

    #[test]
    fn fields_are_text_each_by_itself() {
        let rows = all(b"\xc3,\xa9\nok,\xff\n", false, 64).unwrap();
        assert_eq!(rows, [["<bad>", "<bad>"], ["ok", "<bad>"]]);
    }

    #[test]
    fn lines_and_numbers_are_told() {
        let mut records = Records::new("h\n\"a\nb\"\n\nc\n".as_bytes(), "t.csv", true);
        let (mut record, mut seen) = (Record::default(), Vec::new());
        while records.read(&mut record).unwrap() {
            seen.push((record.number, record.line));
        }
        assert_eq!(seen, [(0, 1), (1, 2), (2, 5)]);
    }

    proptest! {
        #[test]
        fn what_was_quoted_comes_back(rows in prop::collection::vec(prop::collection::vec("[a\",\n\r é]{0,4}", 2), 1..5)) {
            let quote = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let text: String = rows.iter().map(|row| row.iter().map(quote).collect::<Vec<_>>().join(",") + "\r\n").collect();
            for capacity in [1, 5, 64] {
                prop_assert_eq!(all(text.as_bytes(), true, capacity).unwrap(), rows.clone());
            }
        }

        #[test]
        fn no_bytes_make_it_fall(text in prop::collection::vec(prop::sample::select(b"a,\"\n\r\xff ".to_vec()), 0..40), multiline: bool) {
            prop_assert_eq!(all(&text, multiline, 1), all(&text, multiline, 64));
        }
    }
}
