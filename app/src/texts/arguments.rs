//! What has to be told to a text.

use fluent_syntax::ast::{Expression, InlineExpression, Message, Pattern, PatternElement};

/// The names of a text's arguments, in the order in which it names them.
pub fn of<'a>(message: &Message<&'a str>) -> Vec<&'a str> {
    let mut names = Vec::new();
    message.value.iter().for_each(|pattern| in_pattern(pattern, &mut names));
    names
}

fn in_pattern<'a>(pattern: &Pattern<&'a str>, names: &mut Vec<&'a str>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, names);
        }
    }
}

fn in_expression<'a>(expression: &Expression<&'a str>, names: &mut Vec<&'a str>) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, names),
        Expression::Select { selector, variants } => {
            in_inline(selector, names);
            variants.iter().for_each(|variant| in_pattern(&variant.value, names));
        }
    }
}

fn in_inline<'a>(inline: &InlineExpression<&'a str>, names: &mut Vec<&'a str>) {
    match inline {
        InlineExpression::VariableReference { id } if !names.contains(&id.name) => names.push(id.name),
        InlineExpression::Placeable { expression } => in_expression(expression, names),
        _ => {}
    }
}
