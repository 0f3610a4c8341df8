//! AWS's cron expressions, by their shape: `cron(minute hour day-of-month month day-of-week year)`.
//!
//! Source: EventBridge and Glue user guides, "Cron expressions". One of day-of-month and day-of-week is `?`.

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// Words for the numbers from `min` on.
    words: &'static [&'static str],
}

const FIELDS: [Field; 6] = [
    Field { name: "minute", min: 0, max: 59, words: &[] },
    Field { name: "hour", min: 0, max: 23, words: &[] },
    Field { name: "day of month", min: 1, max: 31, words: &[] },
    Field { name: "month", min: 1, max: 12, words: &MONTHS },
    Field { name: "day of week", min: 1, max: 7, words: &DAYS },
    Field { name: "year", min: 1970, max: 2199, words: &[] },
];

/// The six fields of an expression that [`check`] passes.
pub fn fields(text: &str) -> Option<[&str; 6]> {
    let inner = text.strip_prefix("cron(")?.strip_suffix(')')?;
    inner.split_whitespace().collect::<Vec<_>>().try_into().ok()
}

/// The day of the week that a field means, 0 for Sunday, when it is one day of each week.
pub fn weekday(field: &str) -> Option<u8> {
    let word = DAYS.iter().position(|day| day.eq_ignore_ascii_case(field)).map(|at| at as u8);
    word.or_else(|| field.parse().ok().filter(|day| (1..=7).contains(day)).map(|day: u8| day - 1))
}

/// Says what is wrong with an expression.
pub fn check(text: &str) -> Result<(), String> {
    let Some(inner) = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')')) else {
        return Err(if text.split_whitespace().count() == 5 {
            format!("AWS writes six fields in `cron(...)`: `cron({text} *)`, with a `?` for one of the days")
        } else {
            "it is not `cron(...)`".into()
        });
    };
    let parts: Vec<&str> = inner.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!("it has {} fields, not 6", parts.len()));
    }
    for (field, part) in FIELDS.iter().zip(&parts) {
        field.check(part).map_err(|why| format!("its {} `{part}` {why}", field.name))?;
    }
    match (parts[2] == "?", parts[4] == "?") {
        (true, true) => Err("day of month and day of week are both `?`".into()),
        (false, false) => Err("one of day of month and day of week must be `?`".into()),
        _ => Ok(()),
    }
}

impl Field {
    fn check(&self, part: &str) -> Result<(), String> {
        let is_day = self.name.starts_with("day");
        match part {
            "?" if is_day => return Ok(()),
            "?" => return Err("may not be `?`".into()),
            "L" if is_day => return Ok(()),
            "LW" if self.name == "day of month" => return Ok(()),
            _ => {}
        }
        part.split(',').try_for_each(|item| self.item(item))
    }

    /// `*`, `n`, `a-b`, and these with `/step`; `nW` for days of the month; `nL` and `n#k` for weekdays.
    fn item(&self, item: &str) -> Result<(), String> {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        if let Some(step) = step
            && !step.parse::<u32>().is_ok_and(|step| step > 0)
        {
            return Err(format!("has the step `{step}`, which is not a number above 0"));
        }
        if range == "*" {
            return Ok(());
        }
        if self.name == "day of month"
            && let Some(day) = range.strip_suffix('W')
        {
            return self.value(day);
        }
        if self.name == "day of week" {
            if let Some(day) = range.strip_suffix('L').filter(|day| !day.is_empty()) {
                return self.value(day);
            }
            if let Some((day, week)) = range.split_once('#') {
                let fits = week.parse::<u32>().is_ok_and(|week| (1..=5).contains(&week));
                return if fits { self.value(day) } else { Err("has no week from 1 to 5 behind `#`".into()) };
            }
        }
        match range.split_once('-') {
            None => self.value(range),
            Some((from, to)) => self.value(from).and(self.value(to)),
        }
    }

    fn value(&self, text: &str) -> Result<(), String> {
        let word = self.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let number = word.map(|at| at as u32 + self.min).or_else(|| text.parse().ok());
        match number {
            Some(number) if (self.min..=self.max).contains(&number) => Ok(()),
            Some(_) => Err(format!("is not within {} to {}", self.min, self.max)),
            None => Err("is not a number, a range or `*`".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_aws_takes() {
        for text in [
            "cron(0 3 * * ? *)",
            "cron(15 12 ? * MON-FRI *)",
            "cron(0/15 * * * ? *)",
            "cron(0 8 1,15 * ? 2026-2030)",
            "cron(0 9 ? * 2#1 *)",
            "cron(0 0 L * ? *)",
            "cron(0 0 3W JAN,jul ? *)",
            "cron(0 0 ? * 6L *)",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_it_refuses() {
        for (text, why) in [
            ("0 3 * * *", "AWS writes six fields in `cron(...)`: `cron(0 3 * * * *)`, with a `?` for one of the days"),
            ("daily", "it is not `cron(...)`"),
            ("cron(0 3 * * ?)", "it has 5 fields, not 6"),
            ("cron(0 3 * * * *)", "one of day of month and day of week must be `?`"),
            ("cron(0 3 ? * ? *)", "day of month and day of week are both `?`"),
            ("cron(60 3 * * ? *)", "its minute `60` is not within 0 to 59"),
            ("cron(0 3 * FOO ? *)", "its month `FOO` is not a number, a range or `*`"),
            ("cron(0 5-24 * * ? *)", "its hour `5-24` is not within 0 to 23"),
            ("cron(0/0 3 * * ? *)", "its minute `0/0` has the step `0`, which is not a number above 0"),
            ("cron(? 3 * * ? *)", "its minute `?` may not be `?`"),
        ] {
            assert_eq!(check(text), Err(why.to_string()), "{text}");
        }
    }
}
