//! Hostile and random texts.

use proptest::prelude::*;

use super::*;

#[test]
fn hostile_texts_are_refused_in_good_time() {
    for text in [
        "(".repeat(100_000),
        format!("{}1{}", "(".repeat(45), ")".repeat(45)),
        format!("{}n", "- ".repeat(10_000)),
        format!("{}ok", "not ".repeat(10_000)),
        format!("n{}", " + n".repeat(100_000)),
        format!("n{}", " + n".repeat(450)),
        format!("n{}", " is null".repeat(400)),
        format!("n{}", "[1]".repeat(300)),
        format!("{}ok{}", "case when ".repeat(40), " then 1 end".repeat(40)),
        format!("ok{}", " between true and false".repeat(45)),
        format!("{}ok{}", "(".repeat(20), " between true and false)".repeat(20)),
        "lower(".repeat(1_000),
        "'".repeat(100_001),
        "cast(id as ".to_string() + &"array<".repeat(200),
    ] {
        if let Err(error) = typed(&text) {
            assert!(
                ["too-complex", "syntax", "not-portable", "type-mismatch", "unknown-type"].contains(&error.code()),
                "{}",
                error.code()
            );
        }
    }
    assert!(typed(&format!("ok{}", " or n = 1".repeat(200))).is_ok(), "a long chain of conditions is no trouble");
    assert!(typed(&format!("n in (1{})", ", 1".repeat(20_000))).is_ok(), "neither is a long list");
}

#[test]
fn the_deepest_expression_survives_the_document() {
    let mut deepest = 0;
    for length in 1..60 {
        for text in [
            format!("n{}", " + n".repeat(length)),
            format!("{}n{}", "case when ok then ".repeat(length), " end".repeat(length)),
            format!("{}id{}", "lower(".repeat(length), ")".repeat(length)),
        ] {
            let Ok(e) = typed(&text) else { continue };
            deepest = deepest.max(widen::nesting(&e));
            // As deep as a document holds it: objects and arrays of flow, tables, steps, operation.
            let json = format!("{}{}{}", "[".repeat(12), serde_json::to_string(&e).unwrap(), "]".repeat(12));
            serde_json::from_str::<serde_json::Value>(&json).unwrap();
            let again: Expr = serde_json::from_str(&serde_json::to_string(&e).unwrap()).unwrap();
            assert_eq!(again, e);
        }
    }
    assert!(deepest > 90, "{deepest}");
}

proptest! {
    #[test]
    fn any_text_is_typed_or_refused(text in "\\PC{0,40}") {
        let _ = typed(&text);
    }

    #[test]
    fn any_words_are_typed_or_refused(words in proptest::collection::vec(
        prop_oneof![
            Just("n"), Just("x"), Just("id"), Just("ok"), Just("day"), Just("genres"), Just("1"), Just("1.5"), Just("'a'"), Just("null"),
            Just("("), Just(")"), Just(","), Just("+"), Just("/"), Just("="), Just("<"), Just("||"), Just("and"), Just("or"), Just("not"),
            Just("is"), Just("in"), Just("like"), Just("between"), Just("case"), Just("when"), Just("then"), Just("else"), Just("end"),
            Just("cast("), Just("as"), Just("int"), Just("year("), Just("coalesce("), Just("date"), Just("-"), Just("lower("), Just("abs("),
        ], 0..14)) {
        if let Ok(e) = typed(&words.join(" ")) {
            let json = serde_json::to_string(&e).unwrap();
            prop_assert_eq!(serde_json::from_str::<Expr>(&json).unwrap(), e);
        }
    }
}
