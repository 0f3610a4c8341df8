//! What expressions mean.

use super::*;

#[test]
fn columns_and_constants() {
    assert_eq!(good("ID"), "id");
    assert_eq!(good("\"key\""), "key");
    assert_eq!(good("key"), "key");
    assert_eq!(good("5"), "5:int");
    assert_eq!(good("-2147483648"), "-2147483648:int");
    assert_eq!(good("2147483648"), "2147483648:bigint");
    assert_eq!(good("-9223372036854775808"), "-9223372036854775808:bigint");
    assert_eq!(good("1.5"), "1.5");
    assert_eq!(good("-1e3"), "-1000.0");
    assert_eq!(good("'it''s'"), "'it's'");
    assert_eq!(good("true"), "true");
    assert_eq!(good("date '2015-06-09'"), "date'2015-06-09'");
    assert_eq!(good("timestamp '2015-06-09 07:08'"), "timestamp'2015-06-09 07:08:00'");
    assert_eq!(good("cast(null as int)"), "(cast null:string):int");
}

#[test]
fn arithmetic() {
    assert_eq!(good("n + 1"), "(Add n 1:int):int");
    assert_eq!(good("n + big"), "(Add (widen n):bigint big):bigint");
    assert_eq!(good("big * 2"), "(Multiply big 2:bigint):bigint");
    assert_eq!(good("x / 60"), "(Divide x 60.0):double");
    assert_eq!(good("n / 2 / 3"), "(Divide (Divide n 2:int):int 3:int):int");
    assert_eq!(good("f * 2"), "(Multiply (widen f):double 2.0):double");
    assert_eq!(good("n - -n % 3"), "(Subtract n (Modulo (- n) 3:int):int):int");
    assert_eq!(good("(n + 1) * 2"), "(Multiply (Add n 1:int):int 2:int):int");
    assert_eq!(good("n + null"), "(Add n null:int):int");
}

#[test]
fn comparison_and_logic() {
    assert_eq!(good("n = big"), "(Equal (widen n):bigint big):boolean");
    assert_eq!(good("price >= 1"), "(GreaterOrEqual (widen price):decimal(12,2) (widen 1:int):decimal(12,2)):boolean");
    assert_eq!(good("at > day"), "(Greater at (widen day):timestamp):boolean");
    assert_eq!(good("day >= date '2000-01-01'"), "(GreaterOrEqual day date'2000-01-01'):boolean");
    assert_eq!(good("not ok or n is not null"), "(Or (not ok) (not (null? n))):boolean");
    assert_eq!(
        good("ok and n = 1 and x > 2 and id = 'a'"),
        "(And (And ok (Equal n 1:int):boolean):boolean (And (Greater x 2.0):boolean (Equal id 'a'):boolean):boolean):boolean"
    );
    assert_eq!(good("ok or ok and ok"), "(Or ok (And ok ok):boolean):boolean");
    assert_eq!(good("x between 0 and 1"), "(And (GreaterOrEqual x 0.0):boolean (LessOrEqual x 1.0):boolean):boolean");
    assert_eq!(good("n not in (1, 3000000000)"), "(not (in (widen n):bigint [1:bigint 3000000000:bigint]))");
    assert_eq!(good("id like 'a\\_%'"), "(like id 'a\\_%')");
}

#[test]
fn texts_cases_casts_and_calls() {
    assert_eq!(good("id || '-' || name"), "(Concat (Concat id '-'):string name):string");
    assert_eq!(
        good("case when n > 1 then 1 when ok then 2.5 end"),
        "(case [(Greater n 1:int):boolean => 1.0, ok => 2.5] null:double):double"
    );
    assert_eq!(good("case n when 1 then 'one' else id end"), "(case [(Equal n 1:int):boolean => 'one'] id):string");
    assert_eq!(good("cast(id as decimal(4,2))"), "(cast id):decimal(4,2)");
    assert_eq!(good("cast(id as array<int>)"), "(cast id):array<int>");
    assert_eq!(good("year(release_date)"), "(Year release_date):int");
    assert_eq!(good("YEAR(at)"), "(Year at):int");
    assert_eq!(good("coalesce(n, big, 0)"), "(Coalesce (widen n):bigint big 0:bigint):bigint");
    assert_eq!(good("coalesce(name, null)"), "(Coalesce name null:string):string");
    assert_eq!(good("nullif(n, 0)"), "(NullIf n 0:int):int");
    assert_eq!(good("round(n, 2)"), "(Round (widen n):double 2:int):double");
    assert_eq!(good("floor(x) + ceil(x)"), "(Add (Floor x):double (Ceil x):double):double");
    assert_eq!(good("substr(trim(id), 2, 3)"), "(Substr (Trim id):string 2:int 3:int):string");
    assert_eq!(good("replace(id, 'a', '')"), "(Replace id 'a' ''):string");
    assert_eq!(good("element_at(counts, 1)"), "(ElementAt counts 1:int):int");
    assert_eq!(good("contains(genres, 'pop')"), "(Contains genres 'pop'):boolean");
    assert_eq!(good("abs(f)"), "(Abs (widen f):double):double");
    assert_eq!(good("concat(id, '-', name)"), "(Concat id '-' name):string");
    assert_eq!(good("month(day) * 100 + day(day)"), "(Add (Multiply (Month day):int 100:int):int (Day day):int):int");
    assert_eq!(good("length(upper(lower(id)))"), "(Length (Upper (Lower id):string):string):int");
    assert_eq!(good("cardinality(genres)"), "(Cardinality genres):int");
}
