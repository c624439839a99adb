//! Operations of the dialect `arith`: constants, and one, two or three values to one.

use super::scope::{Value, What};
use super::types::Type;
use super::{Checker, Fault, Results};

/// Two values of a type to one of it: whole numbers, and others.
const WHOLE: [&str; 15] = [
    "addi", "subi", "muli", "divsi", "divui", "remsi", "remui", "andi", "ori", "xori", "shli", "shrsi",
    "shrui", "maxui", "minui",
];
const REAL: [&str; 4] = ["addf", "subf", "mulf", "divf"];
const PREDICATES: [&str; 10] = ["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"];

impl Checker<'_> {
    pub(super) fn arithmetic(&mut self, operation: &str, at: usize, results: &Results) -> Result<(), Fault> {
        let ty = match operation {
            "constant" => return self.constant(results),
            "cmpi" => return self.compare(results),
            "select" => return self.select(results),
            "index_cast" | "index_castui" | "extui" | "extsi" | "trunci" => {
                return self.convert(operation, results);
            }
            _ => {
                let first = self.scope.take_plain(&mut self.cursor)?;
                self.cursor.expect(",")?;
                self.scope.take_of(&mut self.cursor, &first.ty)?;
                self.cursor.expect(":")?;
                self.types_of(std::slice::from_ref(&first))?;
                first.ty
            }
        };
        let fits = match ty {
            Type::Index | Type::Integer { .. } => WHOLE.contains(&operation),
            Type::Float(_) => REAL.contains(&operation),
            _ => false,
        };
        if fits {
            return self.give(results, vec![Value::plain(ty)]);
        }
        Err(self.cursor.fault_at(at, format!("there is no arith.{operation} of {ty}")))
    }

    fn constant(&mut self, results: &Results) -> Result<(), Fault> {
        for word in ["true", "false"] {
            if self.cursor.eat_word(word) {
                return self.give(results, vec![Value::plain(Type::I1)]);
            }
        }
        let at = self.cursor.at();
        let value = self.cursor.number()?;
        self.cursor.expect(":")?;
        let ty = Type::parse(&mut self.cursor)?;
        if !ty.holds(value) {
            return Err(self.cursor.fault_at(at, format!("{value} is no {ty}")));
        }
        self.give(results, vec![Value { ty, what: What::Constant(value) }])
    }

    fn compare(&mut self, results: &Results) -> Result<(), Fault> {
        let at = self.cursor.at();
        let predicate = self.cursor.word()?;
        if !PREDICATES.contains(&predicate) {
            return Err(self.cursor.fault_at(at, format!("nothing is compared by {predicate}")));
        }
        self.cursor.expect(",")?;
        let at = self.cursor.at();
        let first = self.scope.take_plain(&mut self.cursor)?;
        if !matches!(first.ty, Type::Index | Type::Integer { .. }) {
            return Err(self.cursor.fault_at(at, format!("{} is not compared", first.ty)));
        }
        self.cursor.expect(",")?;
        self.scope.take_of(&mut self.cursor, &first.ty)?;
        self.cursor.expect(":")?;
        self.types_of(&[first])?;
        self.give(results, vec![Value::plain(Type::I1)])
    }

    fn select(&mut self, results: &Results) -> Result<(), Fault> {
        self.scope.take_of(&mut self.cursor, &Type::I1)?;
        self.cursor.expect(",")?;
        let first = self.scope.take_plain(&mut self.cursor)?;
        self.cursor.expect(",")?;
        self.scope.take_of(&mut self.cursor, &first.ty)?;
        self.cursor.expect(":")?;
        self.types_of(std::slice::from_ref(&first))?;
        self.give(results, vec![Value::plain(first.ty)])
    }

    fn convert(&mut self, operation: &str, results: &Results) -> Result<(), Fault> {
        let at = self.cursor.at();
        let value = self.scope.take_plain(&mut self.cursor)?;
        self.cursor.expect(":")?;
        self.types_of(std::slice::from_ref(&value))?;
        self.cursor.expect_word("to")?;
        let to = Type::parse(&mut self.cursor)?;
        let fits = match (operation, &value.ty, &to) {
            ("index_cast" | "index_castui", Type::Index, Type::Integer { .. })
            | ("index_cast" | "index_castui", Type::Integer { .. }, Type::Index) => true,
            ("extui" | "extsi", Type::Integer { bits: from, .. }, Type::Integer { bits: to, .. }) => {
                from < to
            }
            ("trunci", Type::Integer { bits: from, .. }, Type::Integer { bits: to, .. }) => from > to,
            _ => false,
        };
        if fits {
            return self.give(results, vec![Value::plain(to)]);
        }
        Err(self.cursor.fault_at(at, format!("no arith.{operation} makes {to} of {}", value.ty)))
    }
}
