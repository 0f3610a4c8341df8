//! Tests of whole definitions and their normal form.

mod expressions;
mod normal_form;
mod whole;
